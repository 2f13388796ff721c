import type { Channel } from "../contract/channels.ts";
import type { CallerClass, DeliveryStatus, Purpose } from "../contract/words.ts";
import type { Step as StoredStep } from "../lib/stored-state.ts";
import type { Line as PhoneLine } from "../twilio/lookup.ts";

import type { Code, Line } from "./code-state.ts";

/**
 * Who asks, as a verification stores it: a class, or for a service caller
 * `service:<client>:<subject>`, without a subject `service:<client>`. Both are HMACs.
 */
export type CallerRef = CallerClass | `service:${string}`;

/** All strict state of one number. Plain JSON, stored as it is. */
export interface Ledger {
  /** The shape of this record; `upgrade.ts` reads older ones. */
  version: 2;
  callers: Partial<Record<CallerClass, Account>>;
  /** By the HMAC of a service key's client id. */
  clients?: Record<string, ClientAccount>;
  /** By the random part of the verification's id. */
  verifications: Record<string, Verification>;
  codes: Record<string, Code>;
  /** The line of each Verify service: one conversation with Twilio at a time. */
  lines: Record<string, Line>;
  /** When the number was first verified, and until when that is kept. No rule of the guard reads it. */
  verified?: { firstAtMs: number; untilMs: number };
  /** Twilio Lookup's answer about the phone line, while it is believed. */
  phoneLine?: PhoneLine & { untilMs: number };
  /** Present as long as a device token of this number may be valid. */
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
export interface Account extends Failures {
  sends: Send[];
  /** Class `anonymous`: when the operator last granted ten more attempts. */
  grantedAtMs?: number;
}

/** The account of a service key's client. */
export interface ClientAccount {
  sends: Send[];
  /** By subject, `""` without one: those with wrong codes since their last right one. */
  subjects: Record<string, Failures & { lastFailureAtMs: number }>;
  /** Wrong codes of subjects that were evicted. They count towards the client's stop. */
  remainder: number;
}

export interface Send {
  id: string;
  atMs: number;
  /** The end of the longest window that it counts in. */
  countsUntilMs: number;
  /** Present until the send is settled: what a refused send restores, and until when it may. */
  reserved?: Reserved;
}

export interface Reserved {
  untilMs: number;
  /** The verification before this resend; absent for a start, which is removed altogether. */
  before?: Pick<Verification, "channel" | "lastSendAtMs" | "code">;
}

/** One person's attempt to prove the number. */
export interface Verification {
  purpose: Purpose;
  caller: CallerRef;
  channel: Channel;
  /** A key of `codes`. */
  code: string;
  /** Of the messages, so that a resend uses the same language. */
  locale?: string;
  /** Sealed: no number is stored in clear. */
  sealedNumber: string;
  /** What the app's backend has said of it, sealed. */
  sealedApp?: string;
  /** The session that a step-up raises: only a token of that session may check the code. */
  session?: string;
  createdAtMs: number;
  sends: number;
  lastSendAtMs: number;
  /** What became of the send that opened it. */
  start: "reserved" | "sent" | "unknown";
  ended?: Ended;
  idempotency?: { key: string; body: string };
  delivery?: Delivery;
  /** The believed device that started it. */
  device?: string;
  /** The epoch of the device token that the approval gave. */
  deviceEpoch?: number;
  /** A random name of the consumption that used the proof, so that a retry is idempotent. */
  proofUsedBy?: string;
}

export interface Ended {
  status: "approved" | "canceled" | "expired" | "exhausted";
  atMs: number;
  /** The attempt that was right, so that its settlement can be retried. */
  by?: string;
}

export interface Delivery {
  status: DeliveryStatus;
  errorCode?: number;
  /** The number of the send within its verification, counted from 1. */
  send: number;
}

export function emptyLedger(): Ledger {
  return { version: 2, callers: {}, verifications: {}, codes: {}, lines: {} };
}

export type Step<Outcome> = StoredStep<Ledger, Outcome>;
