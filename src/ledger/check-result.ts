import type { Channel } from "../contract/channels.ts";
import type { Purpose } from "../contract/words.ts";
import type { DeviceClaim } from "./known-devices.ts";
import type { NotPending } from "./view.ts";

/** The outcome of a check for the caller. */
export type CheckEnding =
  | {
      readonly kind: "approved";
      readonly sealedNumber: string;
      readonly sealedApp?: string;
      readonly channel: Channel;
      readonly purpose: Purpose;
      /** Set for a test number: the end of its entry. */
      readonly testUntilMs?: number;
      /** The content of the device token. A token of epoch 0 is never accepted. */
      readonly given: DeviceClaim;
      /** With engine `messaging`: Twilio's sid of the message with the code. */
      readonly messageSid?: string;
    }
  | { readonly kind: "wrong_code"; readonly attemptsRemaining: number }
  /** The last wrong code. `isJudged` distinguishes it from a check after the end. */
  | { readonly kind: "ended"; readonly status: "exhausted"; readonly isJudged: true }
  /** Twilio's answer was lost. The code may have been right. */
  | { readonly kind: "unknown" }
  | NotPending;

/** What Twilio answered to a check. */
export type CheckResult =
  | "approved"
  | "wrong"
  /** Wrong, and Twilio accepts no more checks. */
  | "last_wrong"
  /** Not judged: the code was canceled or has expired at Twilio. */
  | "canceled"
  | "expired"
  /** Not judged: Twilio no longer knows the code. */
  | "gone"
  /** The same, but an earlier call for this attempt may have approved the code. */
  | "unknowable"
  /** Not judged: Twilio accepts no more checks. */
  | "exhausted"
  /** No answer, or an answer that cannot be used. */
  | "unknown"
  /** Twilio was not called. */
  | "not_judged";

export interface CheckSettlement {
  readonly id: string;
  readonly attempt: string;
  readonly result: CheckResult;
}

/** What a result changes. */
export interface Effect {
  /** Whether the attempt stays counted. */
  readonly attempt: "counted" | "given_back";
  /** The change of the code. */
  readonly code:
    | "pending"
    | "untouched"
    | "used"
    | "exhausted"
    | "canceled"
    | "expired"
    | "unanswered";
}

/**
 * The effect of each result while its lease is valid. `gone` is treated as `expired` or
 * `unknowable`.
 */
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
