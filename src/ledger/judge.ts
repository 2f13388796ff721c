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
import { usedBy } from "./sends.ts";
import { endCode, sharedCodeOf, unanswered } from "./shared-code.ts";
import type { Code } from "./code-state.ts";
import type { Ledger, Verification } from "./state.ts";
import { attemptsRemaining, codeOf, statusOf } from "./view.ts";

/** Applies a result whose lease is in force, or that of a code of ours. */
export function applyResult(
  ledger: Ledger,
  verification: Verification,
  { attempt, result }: CheckSettlement,
  nowMs: number,
): CheckEnding {
  const code = codeOf(ledger, verification);
  const read = result === "gone" ? readGone(code) : result;
  const effect = effects[read];
  if (effect.attempt === "given_back") usedBy(code, verification.caller).attempts -= 1;
  // The first end stands: a verification that was canceled meanwhile is not approved.
  const isApproved = read === "approved" && verification.ended === undefined;
  if (isApproved) verification.ended = { status: "approved", atMs: nowMs, by: attempt };
  moveCode(ledger, verification.code, code, effect.code, attempt, nowMs);
  const { caller } = verification;
  if (read === "wrong" || read === "last_wrong") recordFailure(ledger, caller, nowMs);
  if (!isApproved) return toldOf(ledger, verification, read, nowMs);
  recordSuccess(ledger, caller);
  noteVerified(ledger, nowMs);
  const { device } = deviceGiven(verification, attempt);
  verification.deviceEpoch = givesDevice[verification.purpose]
    ? admitDevice(ledger, { device, session: verification.session }, nowMs)
    : 0;
  return approvalOf(verification, code, attempt);
}

/** Before its time, Twilio forgets only a code that it approved. An unanswered attempt may be it. */
function readGone(code: Code): "expired" | "unknowable" {
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
    // It is still pending after this attempt, so no earlier one was right.
    case "pending":
      delete code.unanswered;
      break;
    case "unanswered":
      code.unanswered = unanswered(code, attempt);
      break;
    case "exhausted":
      code.isExhausted = true;
      break;
    // The other verifications that share a used code can do nothing more with it.
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

/** What the caller of an attempt that was not approved is told. */
function toldOf(
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
 * Settles an attempt whose lease has ended. It opens no session and gives nothing back; it only
 * notes that a code is used. A retry of an approval gets the approval again.
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
  return toldOf(ledger, verification, result, nowMs);
}

/** Whether the code is still the one that the attempt was about: its sid may have changed since. */
function isUsedBy(ledger: Ledger, name: string, attempt: string): boolean {
  const code = sharedCodeOf(ledger, name);
  if (code?.state.name !== "live" || code.unanswered?.attempt !== attempt) return false;
  return code.unanswered.sid === code.state.sid;
}

/** A new device is named by the attempt that was right, which is random. */
const deviceGiven = (verification: Verification, attempt: string): DeviceClaim => ({
  device: verification.device ?? attempt,
  epoch: verification.deviceEpoch ?? 0,
});

function approvalOf(verification: Verification, code: Code, attempt: string): CheckEnding {
  const messageSid = code.engine === "messaging" ? code.messageSid : undefined;
  return {
    kind: "approved",
    ...aboutOf(verification),
    given: deviceGiven(verification, attempt),
    ...(messageSid !== undefined && { messageSid }),
  };
}

/** Whether an approval makes the device known. A proof for another app's login does not. */
const givesDevice: Readonly<Record<Purpose, boolean>> = {
  sign_in: true,
  step_up: true,
  two_factor: false,
  transaction: false,
};

export function aboutOf({ sealedNumber, sealedApp, channel, purpose }: Verification) {
  return { sealedNumber, channel, purpose, ...(sealedApp !== undefined && { sealedApp }) };
}
