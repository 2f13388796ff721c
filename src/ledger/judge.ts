import type { Channel, Purpose } from "../contract.ts";
import { recordFailure, recordSuccess } from "./accounts.ts";
import { noteVerified } from "./first-verified.ts";
import { admitDevice, type DeviceClaim } from "./known-devices.ts";
import type { Attempt, Code, Ledger, Verification } from "./state.ts";
import {
  attemptsRemaining,
  codeOf,
  end,
  handlesOn,
  outstandingOf,
  statusOf,
  type NotPending,
} from "./view.ts";
import { forgetLive } from "./shared-code.ts";

export type CheckEnding =
  | {
      readonly kind: "approved";
      readonly sealedNumber: string;
      readonly sealedApp?: string;
      readonly channel: Channel;
      readonly purpose: Purpose;
      /** What the device token is to say. No token of epoch 0 is ever believed. */
      readonly given: DeviceClaim;
      /** Twilio's sid of the message that carried a code of ours. */
      readonly messageSid?: string;
    }
  | { readonly kind: "wrong_code"; readonly attemptsRemaining: number }
  /** The last wrong code. `isJudged` tells it from a check that comes after the end. */
  | { readonly kind: "ended"; readonly status: "exhausted"; readonly isJudged: true }
  /** Nobody can say whether it was right. */
  | { readonly kind: "unknown" }
  | NotPending;

/** What came of asking Twilio. */
export type CheckResult =
  | "approved"
  | "wrong"
  /** Wrong, and Twilio takes no more checks. */
  | "last_wrong"
  /** Twilio did not judge it: it says that the code has ended so. */
  | "canceled"
  | "expired"
  /** Twilio does not know the code any more, and surely did not judge this attempt. */
  | "gone"
  /** The same, but an earlier try of this attempt may have been approved. */
  | "unknowable"
  /** Twilio takes no more checks. */
  | "exhausted"
  /** No answer, or one that is not believed: the attempt stays counted. */
  | "unknown"
  /** Twilio was never asked: the attempt is given back. */
  | "not_judged";

/** What an attempt is after its result; right and wrong are for `approve` and `refuse` to say. */
const stateAfter = {
  approved: "outstanding",
  wrong: "outstanding",
  last_wrong: "outstanding",
  canceled: "unjudged",
  expired: "unjudged",
  gone: "unjudged",
  exhausted: "unjudged",
  not_judged: "unjudged",
  unknowable: "unknown",
  unknown: "unknown",
} as const satisfies Record<CheckResult, Attempt["state"]>;

export interface Judged {
  readonly attempt: Attempt;
  /** The code that it tried: its verification may have moved to another one since. */
  readonly codeName: string;
  readonly code: Code;
}

export function applyResult(
  ledger: Ledger,
  verification: Verification,
  judged: Judged,
  result: CheckResult,
  nowMs: number,
): CheckEnding {
  const { attempt, codeName, code } = judged;
  // What is definite or overdue stays counted as it is, whatever is heard of it later.
  const isOutstanding = attempt.state === "outstanding";
  if (isOutstanding) attempt.state = stateAfter[result];
  switch (result) {
    case "approved":
      return approve(ledger, verification, judged, nowMs);
    case "wrong":
      return refuse(ledger, verification, attempt, nowMs);
    case "last_wrong":
      code.exhausted = true;
      return refuse(ledger, verification, attempt, nowMs);
    case "canceled":
    case "expired":
      endCode(ledger, codeName, result, nowMs);
      return unjudged(verification, codeOf(ledger, verification), nowMs, result);
    case "exhausted":
      code.exhausted = true;
      return unjudged(verification, codeOf(ledger, verification), nowMs, "exhausted");
    case "gone":
      if (verification.ended !== undefined) return unjudged(verification, code, nowMs);
      // A sibling attempt is still out: before its time a code is gone because it was right.
      if (outstandingOf(code).length > 0) return { kind: "ended", status: "approved" };
      // One whose answer was lost may have been right: nobody can say any more.
      if (code.attempts.some(({ state }) => state === "unknown"))
        return applyResult(ledger, verification, judged, "unknowable", nowMs);
      endCode(ledger, codeName, "expired", nowMs);
      return { kind: "ended", status: "expired" };
    case "unknowable":
      endCode(ledger, codeName, "canceled", nowMs);
      return { kind: "unknown" };
    case "unknown":
      return { kind: "unknown" };
    case "not_judged":
      if (isOutstanding) code.attempts = code.attempts.filter(({ id }) => id !== attempt.id);
      return { kind: "unknown" };
  }
}

export function approve(
  ledger: Ledger,
  verification: Verification,
  { attempt, codeName, code }: Judged,
  nowMs: number,
): CheckEnding {
  const messageSid = code.engine === "messaging" ? code.reference : undefined;
  // A new device is named by the attempt that was right: a random name that nobody else knows.
  const device = verification.device ?? attempt.id;
  const approved = (epoch: number): CheckEnding => ({
    kind: "approved",
    ...aboutOf(verification),
    given: { device, epoch },
    ...(messageSid !== undefined && { messageSid }),
  });
  // The same attempt settled twice: its first answer was lost on the way from the ledger.
  if (attempt.state === "right" && verification.ended?.status === "approved")
    return approved(verification.deviceEpoch ?? 0);
  // Canceled, used by a parallel attempt, or given up, while this one was being judged.
  const isUsed = code.attempts.some(({ state }) => state === "right");
  if (verification.ended !== undefined || attempt.state !== "outstanding" || isUsed) {
    if (attempt.state === "outstanding") {
      attempt.state = "unknown";
      // Twilio has forgotten the code all the same: nobody who stands on it can use it.
      endCode(ledger, codeName, "canceled", nowMs);
    }
    return unjudged(verification, codeOf(ledger, verification), nowMs);
  }
  attempt.state = "right";
  end(verification, "approved", nowMs);
  // The code is used up: whoever else stands on it can do nothing more with it. What is being sent
  // at this moment may yet be another one.
  const isSent = ({ start }: Verification) => start !== "reserved";
  endCode(ledger, codeName, "canceled", nowMs, isSent);
  recordSuccess(ledger, verification.caller);
  noteVerified(ledger, nowMs);
  verification.deviceEpoch = givesDevice[verification.purpose]
    ? admitDevice(ledger, { device, session: verification.session }, nowMs)
    : 0;
  return approved(verification.deviceEpoch);
}

/** Who proves the number for an app's own login has no session here, and no device. */
const givesDevice: Readonly<Record<Purpose, boolean>> = {
  sign_in: true,
  step_up: true,
  two_factor: false,
  transaction: false,
};

export function aboutOf({ sealedNumber, sealedApp, channel, purpose }: Verification) {
  return { sealedNumber, channel, purpose, ...(sealedApp !== undefined && { sealedApp }) };
}

export function refuse(
  ledger: Ledger,
  verification: Verification,
  attempt: Attempt,
  nowMs: number,
): CheckEnding {
  if (attempt.state === "outstanding") {
    attempt.state = "wrong";
    recordFailure(ledger, attempt.caller, nowMs);
  }
  const code = codeOf(ledger, verification);
  if (verification.ended !== undefined) return unjudged(verification, code, nowMs);
  // While others are still being judged it may yet be approved, or get their attempts back.
  if (statusOf(verification, code, nowMs) === "exhausted")
    return { kind: "ended", status: "exhausted", isJudged: true };
  return { kind: "wrong_code", attemptsRemaining: attemptsRemaining(code) };
}

export function unjudged(
  verification: Verification,
  code: Code,
  nowMs: number,
  otherwise: "exhausted" | "expired" | "canceled" = "expired",
): CheckEnding {
  const status = statusOf(verification, code, nowMs);
  return { kind: "ended", status: status === "pending" ? otherwise : status };
}

function endCode(
  ledger: Ledger,
  codeName: string,
  status: "canceled" | "expired",
  nowMs: number,
  concerns: (handle: Verification) => boolean = () => true,
): void {
  for (const handle of handlesOn(ledger, codeName).filter(concerns)) end(handle, status, nowMs);
  forgetLive(ledger, codeName);
}
