import type { Channel, DeliveryStatus, Purpose } from "../contract.ts";
import type { Line } from "../twilio/lookup.ts";

/** Who asks. What strangers do to a number never uses up what its owner or its app's backend has. */
export const callerClasses = ["anonymous", "known", "service"] as const;
export type CallerClass = (typeof callerClasses)[number];

/**
 * Who asks, as a verification and its attempts store it: a class, or for a service caller
 * `service:<client>:<subject>`, without a subject `service:<client>`; both are HMACs. `service`
 * alone is in ledgers that were stored before clients had accounts of their own.
 */
export type CallerRef = CallerClass | `service:${string}`;

/** All strict state of one number. Plain JSON: it is stored as it stands here. */
export interface Ledger {
  callers: Partial<Record<CallerClass, Caller>>;
  /** By the HMAC of a service key's client id. */
  clients?: Record<string, Client>;
  /** By the random part of the verification's id. */
  verifications: Record<string, Verification>;
  codes: Record<string, Code>;
  /** The one live code of each Verify service, as a key of `codes`. */
  live: Record<string, string>;
  /** When the number was first verified, and until when that is kept. No rule of the guard reads it. */
  verified?: { firstAtMs: number; untilMs: number };
  /** What Twilio Lookup has said of its line, for as long as it is believed. */
  line?: Line & { untilMs: number };
  /** Present as long as a device token of this number may be out. */
  devices?: Devices;
}

/** Device tokens of the current epoch are believed, until the last of them is too old. */
export interface Devices {
  epoch: number;
  untilMs: number;
  /** The names of the last sign-outs that each began an epoch, the newest at the end. */
  revocations?: string[];
  /** By the device's random name: its sends since its last right code, and when its last token ends. */
  unproven?: Record<string, { sends: string[]; untilMs: number }>;
}

export interface Failures {
  /** Definite wrong codes since the last success, over all verifications. */
  failures: number;
  lockedUntilMs: number;
}

/** The account of a class. */
export interface Caller extends Failures {
  sends: Send[];
  /** Class `anonymous`: when the operator last granted ten more attempts. */
  grantedAtMs?: number;
}

/** The account of a service key's client. */
export interface Client {
  sends: Send[];
  /** By subject, `""` without one: those that have typed wrong codes since their last right one. */
  subjects: Record<string, Failures & { lastFailureAtMs: number }>;
  /** Wrong codes of subjects that were evicted. They count towards the client's stop. */
  remainder: number;
}

export interface Send {
  id: string;
  atMs: number;
  /** That it carries, as a key of `codes`. */
  code?: string;
  /** Until then it can be given back; after that it counts as sent, whatever became of it. */
  reservedUntilMs?: number;
  /** The end of the longest window that it counts in. */
  countsUntilMs: number;
}

/** One person's attempt to prove the number. */
export interface Verification {
  purpose: Purpose;
  caller: CallerRef;
  channel: Channel;
  code: string;
  /** Of the messages, so that a resend speaks the same language. */
  locale?: string;
  /** Sealed: there is no number in clear at rest. */
  sealedNumber: string;
  /** What the app's backend has said of it, sealed. */
  sealedApp?: string;
  /** The session that it is to raise: nobody else's token may check it. */
  session?: string;
  createdAtMs: number;
  sends: number;
  lastSendAtMs: number;
  /** What became of the send that opened it. */
  start: "reserved" | "sent" | "unknown";
  ended?: { status: "approved" | "canceled" | "expired" | "exhausted"; atMs: number };
  idempotency?: { key: string; body: string };
  delivery?: Delivery;
  /** The believed device that started it. */
  device?: string;
  /** The epoch of the device token that its approval has given. */
  deviceEpoch?: number;
  /** Who has consumed its proof: a random name, so that one consumption is one, said twice. */
  proofUsedBy?: string;
}

/** One code that is out. With Twilio Verify all verifications of a number and service share it. */
export interface Code {
  engine: "verify" | "messaging";
  expiresAtMs: number;
  attempts: Attempt[];
  /** By caller (`CallerRef`). */
  sends: Record<string, number>;
  /** Guesses that its verification had used on the code which this one replaces. */
  carried?: number;
  /** The used-up code in whose place it stands, for as long as Twilio may not have canceled that. */
  renews?: string;
  /** Its last handle was canceled: live until Twilio is known to have canceled it as well. */
  dying?: true;
  /** When Twilio was last asked for that by a DELETE. */
  cancelAskedAtMs?: number;
  /** Twilio has said itself that no more checks are taken. */
  exhausted?: boolean;
  /** Engine `verify`: the Verify service, and Twilio's sid once it is known. */
  service?: string;
  /** The transaction that it confirms, as a hash: one code never confirms two of them. */
  binding?: string;
  reference?: string;
  /** Engine `messaging`: the code for a resend, and what a right answer's digest must be. */
  own?: OwnCode;
}

export interface OwnCode {
  sealed: string;
  /** `version:` of the pepper and the digest, base64url. */
  digest: string;
}

export interface Attempt {
  id: string;
  verification: string;
  caller: CallerRef;
  /** `unjudged`: Twilio said that it did not look at it. `unknown`: nobody can say. */
  state: "outstanding" | "wrong" | "right" | "unjudged" | "unknown";
  /** After that an outstanding attempt counts as wrong: a crash may over-count, never under-count. */
  deadlineMs: number;
}

export interface Delivery {
  status: DeliveryStatus;
  errorCode?: number;
  /** Which send of the verification it speaks of, counted from 1. */
  send: number;
}

export function emptyLedger(): Ledger {
  return { callers: {}, verifications: {}, codes: {}, live: {} };
}

/** What a rule says, and the state after it. A rule changes nothing that it was given. */
export interface Step<Outcome> {
  readonly outcome: Outcome;
  readonly next: Ledger;
}
