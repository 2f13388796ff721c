import type { Channel } from "../contract/channels.ts";
import type { Purpose } from "../contract/words.ts";
import { constantTimeEqual } from "../lib/constant-time.ts";
import { classOf, mayBeJudged, waitToCheckMs } from "./accounts.ts";
import type { CheckEnding, CheckSettlement } from "./check-result.ts";
import { aboutOf, applyResult, settleLate } from "./judge.ts";
import { busyLine, releaseLine, takeLine, type Busy } from "./lease.ts";
import { endOverdueLeases } from "./overdue-leases.ts";
import { usedBy } from "./sends.ts";
import type { OwnCode } from "./code-state.ts";
import type { Ledger, Step, Verification } from "./state.ts";
import { attemptsRemaining, codeOf, findVerification, statusOf } from "./view.ts";

const shortWaitMs = 60_000;

export interface CheckRequest {
  readonly id: string;
  /** The random name of the attempt, and of the lease of its conversation. */
  readonly attempt: string;
  /** The caller's own session, if the request has an access token. */
  readonly session?: string;
  /** With engine `messaging`: the HMAC of the entered code under each pepper. */
  readonly digests: readonly string[];
}

export type CheckBeginning =
  /** With engine `verify`: the attempt is counted, and the caller now asks Twilio to judge it. */
  | {
      readonly kind: "ask";
      readonly sealedNumber: string;
      readonly sealedApp?: string;
      readonly channel: Channel;
      readonly purpose: Purpose;
      /** Set for a test number: the end of its entry. */
      readonly testUntilMs?: number;
      readonly service: string;
      /** Absent if it is unknown. Then the check names the number instead. */
      readonly sid?: string;
      /** No code was sent: Twilio is not asked, and the attempt is wrong. */
      readonly isHidden?: true;
      /** The attempts that are left if this one is wrong. */
      readonly attemptsRemaining: number;
    }
  | CheckEnding
  | CheckRefusal;

type CheckRefusal =
  /** The verification is a step-up, and the caller has no access token of its session. */
  | { readonly kind: "other_session" }
  | { readonly kind: "locked"; readonly retryAfterMs: number }
  | Busy;

/** Counts an attempt before it is judged. A code of our own is judged and used up at once. */
export function beginCheck(
  ledger: Ledger,
  request: CheckRequest,
  nowMs: number,
): Step<CheckBeginning> {
  const next = endOverdueLeases(ledger, nowMs);
  const verification = findVerification(next, request.id);
  if (verification === undefined) return { outcome: { kind: "not_found" }, next };
  const refusal = checkRefusal(next, verification, request, nowMs);
  if (refusal !== undefined) return { outcome: refusal, next };
  const code = codeOf(next, verification);
  usedBy(code, verification.caller).attempts += 1;
  if (code.engine === "messaging") {
    const isApproved = isRight(code, request.digests) && verification.isHidden !== true;
    const result = isApproved ? "approved" : "wrong";
    return { outcome: applyResult(next, verification, { ...request, result }, nowMs), next };
  }
  const { service, state } = code;
  const lease = { name: request.attempt, verification: request.id, code: verification.code };
  takeLine(next, service, { ...lease, work: "check" }, nowMs);
  const outcome: CheckBeginning = {
    kind: "ask",
    ...aboutOf(verification),
    service,
    ...(state.name === "live" && { sid: state.sid }),
    ...(verification.isHidden && { isHidden: verification.isHidden }),
    attemptsRemaining: attemptsRemaining(code),
  };
  return { outcome, next };
}

/** Returns why the attempt cannot be judged now, or undefined. */
function checkRefusal(
  ledger: Ledger,
  verification: Verification,
  { session }: CheckRequest,
  nowMs: number,
): CheckEnding | CheckRefusal | undefined {
  if (verification.session !== undefined && verification.session !== session)
    return { kind: "other_session" };
  const status = statusOf(ledger, verification, nowMs);
  if (status !== "pending") return { kind: "ended", status };
  const { caller } = verification;
  const lockedMs = waitToCheckMs(ledger, caller, nowMs);
  if (lockedMs > 0) return { kind: "locked", retryAfterMs: lockedMs };
  const code = codeOf(ledger, verification);
  const busy =
    code.engine === "verify" ? busyLine(ledger, code.service, classOf(caller)) : undefined;
  if (busy !== undefined) return busy;
  return mayBeJudged(ledger, caller) ? undefined : { kind: "locked", retryAfterMs: shortWaitMs };
}

/** Compares all candidates, so that the time reveals neither the pepper nor a digit. */
function isRight({ protected: { digest } }: OwnCode, digests: readonly string[]): boolean {
  return digests.map((candidate) => constantTimeEqual(candidate, digest)).includes(true);
}

/** Stores the result of an attempt, and returns its outcome for the caller. Idempotent. */
export function settleCheck(
  ledger: Ledger,
  settlement: CheckSettlement,
  nowMs: number,
): Step<CheckEnding> {
  const next = endOverdueLeases(ledger, nowMs);
  const verification = findVerification(next, settlement.id);
  if (verification === undefined) return { outcome: { kind: "not_found" }, next };
  const lease = releaseLine(next, settlement.attempt);
  const settle = lease === undefined ? settleLate : applyResult;
  return { outcome: settle(next, verification, settlement, nowMs), next };
}
