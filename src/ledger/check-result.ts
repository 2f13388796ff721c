import type { Channel } from "../contract/channels.ts";
import type { Purpose } from "../contract/words.ts";
import type { DeviceClaim } from "./known-devices.ts";
import type { NotPending } from "./view.ts";

/** What the caller of a check is told. */
export type CheckEnding =
  | {
      readonly kind: "approved";
      readonly sealedNumber: string;
      readonly sealedApp?: string;
      readonly channel: Channel;
      readonly purpose: Purpose;
      /** What the device token will say. No token of epoch 0 is ever believed. */
      readonly given: DeviceClaim;
      /** Twilio's sid of the message that carried a code of ours. */
      readonly messageSid?: string;
    }
  | { readonly kind: "wrong_code"; readonly attemptsRemaining: number }
  /** The last wrong code. `isJudged` tells it from a check that comes after the end. */
  | { readonly kind: "ended"; readonly status: "exhausted"; readonly isJudged: true }
  /** Twilio's answer is lost: the code may have been right. */
  | { readonly kind: "unknown" }
  | NotPending;

/** What Twilio answered to a check. */
export type CheckResult =
  | "approved"
  | "wrong"
  /** Wrong, and Twilio takes no more checks. */
  | "last_wrong"
  /** Not judged: the code was canceled or has expired at Twilio. */
  | "canceled"
  | "expired"
  /** Not judged: Twilio does not know the code any more. */
  | "gone"
  /** The same, but an earlier try of this attempt may have been approved. */
  | "unknowable"
  /** Not judged: Twilio takes no more checks. */
  | "exhausted"
  /** No answer, or one that is not believed. */
  | "unknown"
  /** Twilio was not asked. */
  | "not_judged";

export interface CheckSettlement {
  readonly id: string;
  readonly attempt: string;
  readonly result: CheckResult;
}

export interface Effect {
  /** Whether the attempt stays counted. */
  readonly attempt: "counted" | "given_back";
  /** What becomes of the code. */
  readonly code:
    | "pending"
    | "untouched"
    | "used"
    | "exhausted"
    | "canceled"
    | "expired"
    | "unanswered";
}

/** Each result's effect while its lease is in force. `gone` is read as `expired` or `unknowable`. */
export const effects: Readonly<Record<Exclude<CheckResult, "gone">, Effect>> = {
  approved: { attempt: "counted", code: "used" },
  wrong: { attempt: "counted", code: "pending" },
  last_wrong: { attempt: "counted", code: "exhausted" },
  exhausted: { attempt: "given_back", code: "exhausted" },
  canceled: { attempt: "given_back", code: "canceled" },
  expired: { attempt: "given_back", code: "expired" },
  unknowable: { attempt: "counted", code: "canceled" },
  unknown: { attempt: "counted", code: "unanswered" },
  not_judged: { attempt: "given_back", code: "untouched" },
};
