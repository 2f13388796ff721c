import type { Channel } from "../contract/channels.ts";
import type { CallerClass, DeliveryStatus, Purpose } from "../contract/words.ts";
import type { Step as StoredStep } from "../lib/stored-state.ts";
import type { PhoneLine } from "../twilio/lookup.ts";

import type { Code, Line } from "./code-state.ts";

/**
 * A caller, as it is stored: a class, or `service:<client>:<subject>` for a service caller. Without a
 * subject it is `service:<client>`. Client and subject are HMACs.
 */
export type CallerRef = CallerClass | `service:${string}`;

/** All strict state of one number, stored as JSON in this shape. */
export interface Ledger {
  /** The version of this shape. `upgrade.ts` reads older shapes. */
  version: 2;
  callers: Partial<Record<CallerClass, Account>>;
  /** Accounts of clients, by the HMAC of the client id. */
  clients?: Record<string, ClientAccount>;
  /** Verifications, by the random part of their ids. */
  verifications: Record<string, Verification>;
  codes: Record<string, Code>;
  /** The line of each Verify service: one conversation with Twilio at a time. */
  lines: Record<string, Line>;
  /**
   * When the number was first verified, and until when this is stored. No rule of the guard reads
   * it.
   */
  verified?: { firstAtMs: number; untilMs: number };
  /**
   * Subjects that signed in with the number, by the name of their sessions' object, each sealed and
   * bound to that name; at most 16. No rule of the guard reads them.
   */
  subjects?: Record<string, { sealed: string; atMs: number }>;
  /** Twilio Lookup's answer about the phone line, and until when it is used. */
  phoneLine?: PhoneLine & { untilMs: number };
  /** Present as long as a device token of this number may be valid. */
  devices?: Devices;
}

/** Device tokens of the current epoch are accepted until the last of them expires. */
export interface Devices {
  epoch: number;
  untilMs: number;
  /**
   * The idempotency keys of the last sign-outs, each of which began an epoch. The newest is the
   * last.
   */
  revocations?: string[];
  /**
   * By the device's random name: its sends since its last right code, and when its last token
   * expires.
   */
  unproven?: Record<string, { sends: string[]; untilMs: number }>;
}

export interface Failures {
  /** Codes that were certainly wrong since the last right code, over all verifications. */
  failures: number;
  lockedUntilMs: number;
}

/** The account of a class. */
export interface Account extends Failures {
  sends: Send[];
  /** Only for class `anonymous`: when the operator last granted ten more attempts. */
  grantedAtMs?: number;
}

/** The account of a service key's client. */
export interface ClientAccount {
  sends: Send[];
  /** Subjects with wrong codes since their last right code. `""` stands for no subject. */
  subjects: Record<string, Failures & { lastFailureAtMs: number }>;
  /** Wrong codes of subjects that were evicted. They count towards the client's stop. */
  remainder: number;
}

export interface Send {
  id: string;
  atMs: number;
  /** When the longest window that counts this send ends. */
  countsUntilMs: number;
  /** Present until the send is settled: what is restored if the send is refused, and until when. */
  reserved?: Reserved;
}

export interface Reserved {
  untilMs: number;
  /** The verification before this resend. Absent for a start, because a refused start is removed. */
  before?: Pick<Verification, "channel" | "lastSendAtMs" | "code">;
}

/** A user's attempt to prove the number. */
export interface Verification {
  purpose: Purpose;
  caller: CallerRef;
  channel: Channel;
  /** A key of `codes`. */
  code: string;
  /** The language of the messages, for resends. */
  locale?: string;
  sealedNumber: string;
  /** The app's claims, sealed. */
  sealedApp?: string;
  /**
   * Set if the app's send hook refused the number secretly. No code is sent, and each entered code
   * is wrong.
   */
  isHidden?: true;
  /** Purpose `sign_in`: the subject that a right code signs in. */
  subject?: { readonly name: string; readonly sealed: string };
  /** The sealed content of its events, without the number. Present if events were on at the start. */
  sealedEvent?: string;
  /**
   * The session of a step-up. Only a caller with an access token of that session may check the
   * code.
   */
  session?: string;
  /**
   * Set for a test number: the end of its entry, in ms. No code is sent, and no device becomes
   * known.
   */
  testUntilMs?: number;
  createdAtMs: number;
  sends: number;
  lastSendAtMs: number;
  /** How the first send ended. */
  start: "reserved" | "sent" | "unknown";
  ended?: Ended;
  idempotency?: { key: string; body: string };
  delivery?: Delivery;
  /** The accepted device that started the verification. */
  device?: string;
  /** The epoch of the device token that the approval gave. */
  deviceEpoch?: number;
  /** The idempotency key of the consumption that used the proof. */
  proofUsedBy?: string;
}

export interface Ended {
  status: "approved" | "canceled" | "expired" | "exhausted";
  atMs: number;
  /** The right attempt, so that its settlement can be retried. */
  by?: string;
}

export interface Delivery {
  status: DeliveryStatus;
  errorCode?: number;
  /** The number of the send within its verification, from 1. */
  send: number;
}

export function emptyLedger(): Ledger {
  return { version: 2, callers: {}, verifications: {}, codes: {}, lines: {} };
}

export type Step<Outcome> = StoredStep<Ledger, Outcome>;
