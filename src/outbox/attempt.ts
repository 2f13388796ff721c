import type { PostOutcome } from "../lib/signed-post.ts";
import type { StoredEvent } from "./event.ts";

/** So long an event is tried, from the moment that it tells of. */
const patienceMs = 24 * 60 * 60 * 1000;
const firstDelayMs = 5_000;
const longestDelayMs = 60 * 60 * 1000;

/** Why an event is not tried any more. */
export type DeathReason =
  /** The receiver answered 410: it does not want it. */
  | "gone"
  /** It was tried for 24 hours. */
  | "expired"
  /** The pepper that sealed it is gone. */
  | "unreadable"
  /** More events waited than an object keeps. */
  | "overflow";

export type AttemptEnding =
  | { readonly kind: "delivered" }
  | { readonly kind: "retry"; readonly dueAtMs: number }
  | { readonly kind: "dead"; readonly reason: DeathReason };

/**
 * What becomes of an event after an attempt. The delay doubles from 5 s to an hour. The last attempt
 * is 24 hours after the event.
 *
 * @param failures attempts before this one, all of which failed.
 */
export function afterAttempt(
  { event, failures }: { readonly event: StoredEvent; readonly failures: number },
  answer: PostOutcome,
  nowMs: number,
): AttemptEnding {
  const status = answer.kind === "answered" ? answer.status : 0;
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (status === 410) return { kind: "dead", reason: "gone" };
  const lastAtMs = (event.revivedAtMs ?? event.atMs) + patienceMs;
  if (nowMs >= lastAtMs) return { kind: "dead", reason: "expired" };
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures, 20));
  return { kind: "retry", dueAtMs: Math.min(nowMs + delayMs, lastAtMs) };
}

/** Why the attempt failed, for the log: never what the receiver wrote. */
export function failureOf(answer: PostOutcome): string {
  return answer.kind === "answered" ? `status_${answer.status}` : answer.kind;
}
