import type { PostOutcome } from "../lib/signed-post.ts";
import type { StoredEvent } from "./event.ts";

/** How long delivery is retried, from the event's time on. */
const retryForMs = 24 * 60 * 60 * 1000;
const firstDelayMs = 5_000;
const longestDelayMs = 60 * 60 * 1000;

/** Why an event is no longer retried. */
export type DeathReason =
  /** The receiver answered 410 (Gone). */
  | "gone"
  /** It was retried for 24 hours. */
  | "expired"
  /** The pepper that sealed it was removed. */
  | "unreadable"
  /** More events waited than an object stores. */
  | "overflow";

export type AttemptEnding =
  | { readonly kind: "delivered" }
  | { readonly kind: "retry"; readonly dueAtMs: number }
  | { readonly kind: "dead"; readonly reason: DeathReason };

/**
 * Returns how delivery goes on after an attempt. The backoff doubles from 5 s to an hour. The last attempt
 * is 24 hours after the event.
 *
 * @param failures the number of failed attempts before this one.
 */
export function afterAttempt(
  { event, failures }: { readonly event: StoredEvent; readonly failures: number },
  answer: PostOutcome,
  nowMs: number,
): AttemptEnding {
  const status = answer.kind === "answered" ? answer.status : 0;
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (status === 410) return { kind: "dead", reason: "gone" };
  const lastAtMs = (event.revivedAtMs ?? event.atMs) + retryForMs;
  if (nowMs >= lastAtMs) return { kind: "dead", reason: "expired" };
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures, 20));
  return { kind: "retry", dueAtMs: Math.min(nowMs + delayMs, lastAtMs) };
}

/** Returns why the attempt failed, for the log. It contains nothing that the receiver wrote. */
export function failureOf(answer: PostOutcome): string {
  return answer.kind === "answered" ? `status_${answer.status}` : answer.kind;
}
