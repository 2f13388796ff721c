import type { Channel, Purpose } from "../contract.ts";
import { constantTimeEqual } from "../lib/constant-time.ts";
import { mayBeJudged, waitToCheckMs } from "./accounts.ts";
import {
  aboutOf,
  applyResult,
  approve,
  refuse,
  unjudged,
  type CheckEnding,
  type CheckResult,
  type Judged,
} from "./judge.ts";
import type { Attempt, Ledger, Step } from "./state.ts";
import { attemptsRemaining, find, statusOf } from "./view.ts";
import { failOverdueAttempts } from "./overdue-attempts.ts";

/** Longer than any of our time-outs: an attempt not heard of by then counts as wrong. */
const judgementMs = 30_000;
const shortWaitMs = 60_000;

export interface CheckRequest {
  readonly id: string;
  readonly attempt: string;
  /** The caller's own session, where an access token has come along. */
  readonly session?: string;
  /** What the candidate's digest would be under each pepper, engine `messaging`. */
  readonly digests: readonly string[];
}

export type CheckBeginning =
  /** Engine `verify`: counted, and now Twilio is to be asked. */
  | {
      readonly kind: "ask";
      readonly sealedNumber: string;
      readonly sealedApp?: string;
      readonly channel: Channel;
      readonly purpose: Purpose;
      readonly service: string;
      /** Unknown while the start is not yet written down. */
      readonly reference?: string;
      /** What is left after this attempt, if it is wrong. */
      readonly attemptsRemaining: number;
    }
  | CheckEnding
  /** It is to raise a session, and the caller has not shown a token of that one. */
  | { readonly kind: "other_session" }
  | { readonly kind: "locked"; readonly retryAfterMs: number };

/** Counts an attempt before it is judged; a code of our own is judged and used up at once. */
export function beginCheck(
  ledger: Ledger,
  request: CheckRequest,
  nowMs: number,
): Step<CheckBeginning> {
  const next = failOverdueAttempts(ledger, nowMs);
  const found = find(next, request.id);
  if (found === undefined) return { outcome: { kind: "not_found" }, next };
  const { verification, code } = found;
  if (verification.session !== undefined && verification.session !== request.session)
    return { outcome: { kind: "other_session" }, next };
  const status = statusOf(verification, code, nowMs);
  if (status !== "pending") return { outcome: { kind: "ended", status }, next };
  if (attemptsRemaining(code) === 0)
    return { outcome: { kind: "ended", status: "exhausted" }, next };
  const { caller, code: codeName } = verification;
  const lockedMs = waitToCheckMs(next, caller, nowMs);
  if (lockedMs > 0) return { outcome: { kind: "locked", retryAfterMs: lockedMs }, next };
  if (!mayBeJudged(next, caller))
    return { outcome: { kind: "locked", retryAfterMs: shortWaitMs }, next };
  const attempt: Attempt = {
    id: request.attempt,
    verification: request.id,
    caller,
    state: "outstanding",
    deadlineMs: nowMs + judgementMs,
  };
  code.attempts.push(attempt);
  if (code.own !== undefined) {
    const { digest } = code.own;
    // Every candidate is compared: how long it takes tells nothing of which pepper or digit fits.
    const matches = request.digests.map((candidate) => constantTimeEqual(candidate, digest));
    const outcome = matches.includes(true)
      ? approve(next, verification, { attempt, codeName, code }, nowMs)
      : refuse(next, verification, attempt, nowMs);
    return { outcome, next };
  }
  const { service = "", reference } = code;
  const left = attemptsRemaining(code);
  const about = { ...aboutOf(verification), service };
  const asked = { kind: "ask", ...about, attemptsRemaining: left } as const;
  return { outcome: reference === undefined ? asked : { ...asked, reference }, next };
}

/** Writes down what became of an attempt, and says what its caller is to be told. */
export function settleCheck(
  ledger: Ledger,
  settled: { readonly id: string; readonly attempt: string; readonly result: CheckResult },
  nowMs: number,
): Step<CheckEnding> {
  const next = failOverdueAttempts(ledger, nowMs);
  const found = find(next, settled.id);
  if (found === undefined) return { outcome: { kind: "not_found" }, next };
  const { verification, code } = found;
  const judged = findAttempt(next, settled.attempt);
  const outcome = judged
    ? applyResult(next, verification, judged, settled.result, nowMs)
    : unjudged(verification, code, nowMs);
  return { outcome, next };
}

function findAttempt(ledger: Ledger, id: string): Judged | undefined {
  for (const [codeName, code] of Object.entries(ledger.codes)) {
    const attempt = code.attempts.find((known) => known.id === id);
    if (attempt !== undefined) return { attempt, codeName, code };
  }
  return undefined;
}
