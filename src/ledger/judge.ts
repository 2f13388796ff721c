import type { Purpose } from "../contract/words.ts";
import { recordFailure, recordSuccess } from "./accounts.ts";
import {
  effects,
  type CheckEnding,
  type CheckResult,
  type CheckSettlement,
  type Effect,
} from "./check-result.ts";
import { noteVerified } from "./first-verified.ts";
import { admitDevice, type DeviceClaim } from "./known-devices.ts";
import { noteSubject } from "./subjects.ts";
import { usedBy } from "./sends.ts";
import { endCode, sharedCodeOf, unansweredAttempt } from "./shared-code.ts";
import type { Code } from "./code-state.ts";
import type { Ledger, Verification } from "./state.ts";
import { attemptsRemaining, codeOf, statusOf } from "./view.ts";

/** Applies a result with a valid lease, or the result of a code of our own. Changes `ledger`. */
export function applyResult(
  ledger: Ledger,
  verification: Verification,
  { attempt, result }: CheckSettlement,
  nowMs: number,
): CheckEnding {
  const code = codeOf(ledger, verification);
  const known = result === "gone" ? meaningOfGone(code) : result;
  const effect = effects[known];
  if (effect.attempt === "given_back") usedBy(code, verification.caller).attempts -= 1;
  // The first end stays: a verification that was canceled meanwhile is not approved.
  const isApproved = known === "approved" && verification.ended === undefined;
  if (isApproved) verification.ended = { status: "approved", atMs: nowMs, by: attempt };
  moveCode(ledger, verification.code, code, effect.code, attempt, nowMs);
  const { caller } = verification;
  if (known === "wrong" || known === "last_wrong") recordFailure(ledger, caller, nowMs);
  if (!isApproved) return endingOf(ledger, verification, known, nowMs);
  recordSuccess(ledger, caller);
  if (!isTest(verification)) noteVerified(ledger, nowMs);
  if (verification.subject !== undefined && !isTest(verification))
    noteSubject(ledger, verification.subject, nowMs);
  const { device } = deviceClaimOf(verification, attempt);
  verification.deviceEpoch =
    givesDevice[verification.purpose] && !isTest(verification)
      ? admitDevice(ledger, { device, session: verification.session }, nowMs)
      : 0;
  return approvalOf(verification, code, attempt);
}

/**
 * Before a code expires, Twilio forgets it only after an approval. An unanswered attempt may be
 * that one.
 */
function meaningOfGone(code: Code): "expired" | "unknowable" {
  const isUnanswered = code.engine === "verify" && code.unanswered !== undefined;
  return isUnanswered ? "unknowable" : "expired";
}

function moveCode(
  ledger: Ledger,
  name: string,
  code: Code,
  effect: Effect["code"],
  attempt: string,
  nowMs: number,
): void {
  if (code.engine !== "verify") return;
  switch (effect) {
    // The code is still pending after this attempt, so no earlier attempt was right.
    case "pending":
      delete code.unanswered;
      break;
    case "unanswered":
      code.unanswered = unansweredAttempt(code, attempt);
      break;
    case "exhausted":
      code.isExhausted = true;
      break;
    // Other verifications that share the used code end too.
    case "used":
    case "canceled":
      endCode(ledger, name, "canceled", nowMs);
      break;
    case "expired":
      endCode(ledger, name, "expired", nowMs);
      break;
    case "untouched":
  }
}

/** Returns the outcome for the caller of an attempt that was not approved. */
function endingOf(
  ledger: Ledger,
  verification: Verification,
  result: CheckResult,
  nowMs: number,
): CheckEnding {
  if (result === "unknown" || result === "unknowable" || result === "not_judged")
    return { kind: "unknown" };
  const isWrong = result === "wrong" || result === "last_wrong";
  const status = statusOf(ledger, verification, nowMs);
  if (status === "exhausted" && isWrong) return { kind: "ended", status, isJudged: true };
  if (status !== "pending") return { kind: "ended", status };
  if (!isWrong) return { kind: "unknown" };
  return { kind: "wrong_code", attemptsRemaining: attemptsRemaining(codeOf(ledger, verification)) };
}

/**
 * Settles an attempt whose lease has ended. It opens no session and gives nothing back. It only notes that
 * a code is used. A retried settlement of an approval returns the approval again. Changes `ledger`.
 */
export function settleLate(
  ledger: Ledger,
  verification: Verification,
  { attempt, result }: CheckSettlement,
  nowMs: number,
): CheckEnding {
  if (verification.ended?.by === attempt)
    return approvalOf(verification, codeOf(ledger, verification), attempt);
  const used = Object.keys(ledger.codes).find((name) => isUsedBy(ledger, name, attempt));
  if (result === "approved" && used !== undefined) endCode(ledger, used, "canceled", nowMs);
  return endingOf(ledger, verification, result, nowMs);
}

/**
 * Returns whether the attempt was about this code. The code's sid may have changed since the
 * attempt.
 */
function isUsedBy(ledger: Ledger, name: string, attempt: string): boolean {
  const code = sharedCodeOf(ledger, name);
  if (code?.state.name !== "live" || code.unanswered?.attempt !== attempt) return false;
  return code.unanswered.sid === code.state.sid;
}

/** A new device gets the random name of the right attempt. */
const deviceClaimOf = (verification: Verification, attempt: string): DeviceClaim => ({
  device: verification.device ?? attempt,
  epoch: verification.deviceEpoch ?? 0,
});

function approvalOf(verification: Verification, code: Code, attempt: string): CheckEnding {
  const messageSid = code.engine === "messaging" ? code.messageSid : undefined;
  return {
    kind: "approved",
    ...aboutOf(verification),
    given: deviceClaimOf(verification, attempt),
    ...(messageSid !== undefined && { messageSid }),
  };
}

/** Whether an approval makes the device known. A proof for an app's own login does not. */
const givesDevice: Readonly<Record<Purpose, boolean>> = {
  sign_in: true,
  step_up: true,
  two_factor: false,
  transaction: false,
};

const isTest = ({ testUntilMs }: Verification): boolean => testUntilMs !== undefined;

/** Returns what the caller needs to know about a verification for a reward. */
export function aboutOf(verification: Verification) {
  const { sealedNumber, sealedApp, channel, purpose, testUntilMs } = verification;
  return {
    sealedNumber,
    channel,
    purpose,
    ...(sealedApp !== undefined && { sealedApp }),
    ...(testUntilMs !== undefined && { testUntilMs }),
  };
}
