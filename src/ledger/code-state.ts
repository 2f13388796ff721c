/** A code that was sent, or is about to be sent. */
export type Code = SharedCode | OwnCode;

interface CodeBase {
  expiresAtMs: number;
  /** Sends and attempts by caller (`CallerRef`). An attempt is counted before it is judged. */
  used: Record<string, Used>;
}

export interface Used {
  sends: number;
  attempts: number;
}

/** Twilio Verify's code. All verifications of a number and service share it. */
export interface SharedCode extends CodeBase {
  engine: "verify";
  service: string;
  /** The hash of the transaction that the code confirms. A code never confirms two transactions. */
  binding?: string;
  /** The known state of the verification at Twilio. `code-transitions.ts` has the transitions. */
  state: SharedCodeState;
  /** Twilio accepts no more checks of this code. */
  isExhausted?: true;
  /** Set if Twilio's answer to the last attempt was lost. That attempt may have been right. */
  unanswered?: { attempt: string; sid?: string };
}

/**
 * The sid of a hidden send, for which Twilio is not called. It stands in a code only as long as Twilio has
 * none.
 */
export const hiddenSid = "hidden";

export type SharedCodeState =
  /** The first send of the code is in flight. */
  | { name: "opening" }
  /**
   * The code may be live at Twilio, with an unknown sid. Only the last send, `send`, can tell the
   * sid.
   */
  | { name: "unnamed"; send?: string }
  /** The same, but the code that was to be replaced may be live instead. */
  | { name: "unsure"; send?: string }
  | { name: "live"; sid: string }
  /** Twilio has approved or canceled the code, or the code has expired. */
  | { name: "over" };

/** A code of our own. Each verification has its own code, which the object judges. */
export interface OwnCode extends CodeBase {
  engine: "messaging";
  protected: ProtectedCode;
  /** Twilio's sid of the last message with this code. */
  messageSid?: string;
}

export interface ProtectedCode {
  /** The sealed code, for a resend. */
  sealed: string;
  /** The pepper's version, a colon, and the HMAC of the code in base64url. */
  digest: string;
}

/** One conversation with Twilio at a time for a number and a Verify service. */
export interface Line {
  /** The code that may be live at Twilio, as a key of `codes`. */
  code?: string;
  /** Set after a send without an answer: until then an older or a newer code may be live at Twilio. */
  mayLiveUntilMs?: number;
  lease?: Lease;
}

/** The right to call Twilio for this line until the lease ends. A settlement names its lease. */
export interface Lease {
  /** The random name of the send or the attempt. */
  name: string;
  untilMs: number;
  /** The verification and the code that the conversation is about. */
  verification: string;
  code: string;
  work: "check" | "send" | "cancel_and_send";
}
