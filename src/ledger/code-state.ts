/** A code that was sent, or is about to be. */
export type Code = SharedCode | OwnCode;

interface CodeBase {
  expiresAtMs: number;
  /** By caller (`CallerRef`): its sends and attempts. An attempt counts before it is judged. */
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
  /** The transaction that it confirms, as a hash: one code never confirms two of them. */
  binding?: string;
  /** What is known of the verification at Twilio; `shared-code.ts` has the transitions. */
  state: SharedCodeState;
  /** Twilio takes no more checks of it. */
  isExhausted?: true;
  /** The last attempt, when Twilio's answer to it was lost: it may have been right. */
  unanswered?: { attempt: string; sid?: string };
}

export type SharedCodeState =
  /** Its first send is in flight. */
  | { name: "opening" }
  /** It may be live at Twilio, and its sid is not known. `send`: the last one, which alone knows it. */
  | { name: "unnamed"; send?: string }
  /** The same, and the code that it was to replace may be live instead. */
  | { name: "unsure"; send?: string }
  | { name: "live"; sid: string }
  /** Twilio has approved, expired or canceled it. */
  | { name: "over" };

/** A code of our own. Each verification has one, and it is judged in the object. */
export interface OwnCode extends CodeBase {
  engine: "messaging";
  protected: ProtectedCode;
  /** Twilio's sid of the message that carried it last. */
  messageSid?: string;
}

export interface ProtectedCode {
  /** The code, sealed, for a resend. */
  sealed: string;
  /** `version:` of the pepper and the digest of the code, base64url. */
  digest: string;
}

/** One conversation with Twilio at a time for a number and a Verify service. */
export interface Line {
  /** The code that may be live at Twilio, as a key of `codes`. */
  code?: string;
  /** After a send without an answer: until then Twilio may have a code live, older or newer. */
  mayLiveUntilMs?: number;
  lease?: Lease;
}

/** The right to talk to Twilio, until its end. Its settlement names it. */
export interface Lease {
  /** Random: the id of the send or the attempt. */
  name: string;
  untilMs: number;
  /** The verification and the code that the conversation is about. */
  verification: string;
  code: string;
  work: "check" | "send" | "cancel_and_send";
}
