import type { AssuranceLevel } from "../contract/words.ts";
import type { Step as StoredStep } from "../lib/stored-state.ts";
import type { CountryCode } from "libphonenumber-js/max";

/** All sessions of one subject, stored as JSON in this shape. */
export interface Sessions {
  /** The shape of this record; `upgrade.ts` reads older ones. */
  version: 2;
  /** Live sessions, by session id. */
  families: Record<string, Family>;
  /** Sessions that were ended early, until all their tokens have expired. */
  tombstones: Record<string, Tombstone>;
  /**
   * Ledgers that may still accept device tokens of this subject, by the ledger's name. Device tokens
   * outlive the sessions with which they were issued.
   */
  ledgers?: Record<string, { country: CountryCode; untilMs: number }>;
  /** The last sign-in. It outlives the sessions, so that a backend can ask for the subject's number. */
  lastSignIn?: SignInRecord;
}

export interface SignInRecord {
  atMs: number;
  /** The session to which `sealedNumber` is bound. */
  session: string;
  sealedNumber: string;
  ledger: Family["ledger"];
}

/** One sign-in, and the chain of refresh tokens that keeps it alive. */
export interface Family {
  createdAtMs: number;
  clientId: string;
  /** Authentication methods (RFC 8176), and the assurance level that follows from them. */
  amr: string[];
  acr: AssuranceLevel;
  /** When the user last entered a right code, in seconds since the epoch: the claim `auth_time`. */
  authTimeSeconds: number;
  /** Coarse, so that the user can tell the sessions apart. */
  country?: string;
  device?: string;
  /** Sealed and bound to the session. A step-up sends its code to this number. */
  sealedNumber: string;
  /** Extra claims for the access tokens of this session, sealed and bound to it (`extra-claims.ts`). */
  sealedClaims?: string;
  /** The subject, sealed and bound to the session. Present where events are on. */
  sealedSubject?: string;
  /** Opened or raised by the fixed code of a test number: each of its tokens says `"test": true`. */
  isTest?: true;
  /** The number's ledger. Signing out everywhere makes it forget the user's devices. */
  ledger: { name: string; country: CountryCode };
  /** The valid refresh token: its number, from 1, and when it was issued. */
  generation: number;
  rotatedAtMs: number;
  /** The session ends at `idleUntilMs` unless it is refreshed, and at `endsAtMs` in any case. */
  idleUntilMs: number;
  endsAtMs: number;
}

/** Why a session ended before its time. */
export type EndReason =
  | "signed_out"
  | "signed_out_everywhere"
  | "operator"
  /** The subject had too many sessions, and this one was used least recently. */
  | "replaced"
  | "reuse_detected";

export interface Tombstone {
  untilMs: number;
  /** Absent on tombstones of earlier versions. */
  reason?: EndReason;
  /** Set on the session that signed out everywhere, so that a retry can finish the ledgers. */
  everywhere?: SignedOutEverywhere;
}

export interface SignedOutEverywhere {
  /** Random idempotency key, so that a retried sign-out is applied once. */
  name: string;
  ledgers: Family["ledger"][];
}

export type Step<Outcome> = StoredStep<Sessions, Outcome>;

export const noSessions = (): Sessions => ({ version: 2, families: {}, tombstones: {} });

/** The longest lifetime of an access token, so the longest time that it can outlive its session. */
const longestAccessMs = 60 * 60 * 1000;
/** Bounds the state. Dropping an older tombstone is safe: a session without a record is refused. */
const maxTombstones = 200;

/** The lifetime of a device token and one day more, since the token is issued after the session. */
const ledgerLifetimeMs = 91 * 24 * 60 * 60 * 1000;
/** Bounds the state, and the ledgers that one sign-out calls. */
const maxLedgers = 50;

/** Notes the ledger that is about to issue a device token. Changes `sessions`. */
export function noteLedger(sessions: Sessions, ledger: Family["ledger"], nowMs: number): void {
  const { [ledger.name]: _, ...others } = sessions.ledgers ?? {};
  const newest = { country: ledger.country, untilMs: nowMs + ledgerLifetimeMs };
  const oldestFirst = [...Object.entries(others), [ledger.name, newest] as const];
  sessions.ledgers = Object.fromEntries(oldestFirst.slice(-maxLedgers));
}

/** Longer than a year between two sign-ins of one user. */
const signInLifetimeMs = 400 * 24 * 60 * 60 * 1000;

/** Returns the last sign-in, as long as it is kept. */
export function signInRecord({ lastSignIn }: Sessions, nowMs: number): SignInRecord | undefined {
  return lastSignIn !== undefined && nowMs < lastSignIn.atMs + signInLifetimeMs
    ? lastSignIn
    : undefined;
}

/** Returns the family if it has not expired. The clock decides, since an alarm may run late. */
export function liveFamily(sessions: Sessions, id: string, nowMs: number): Family | undefined {
  const family = Object.hasOwn(sessions.families, id) ? sessions.families[id] : undefined;
  return family !== undefined && nowMs < familyEndMs(family) ? family : undefined;
}

/** Returns when the family expires, in milliseconds since the epoch. */
export const familyEndMs = ({ idleUntilMs, endsAtMs }: Family): number =>
  Math.min(idleUntilMs, endsAtMs);

/** A test number's session. It ends with the number's entry at the latest. Changes `family`. */
export function markAsTest(family: Family, untilMs: number): void {
  family.isTest = true;
  family.endsAtMs = Math.min(family.endsAtMs, untilMs);
}

/** Ends a family before it expires, and leaves a tombstone. Changes `sessions`. */
export function endFamily(
  sessions: Sessions,
  id: string,
  reason: EndReason,
  everywhere?: SignedOutEverywhere,
): void {
  const family = sessions.families[id];
  if (family === undefined) return;
  delete sessions.families[id];
  sessions.tombstones[id] = {
    untilMs: family.endsAtMs + longestAccessMs,
    reason,
    ...(everywhere && { everywhere }),
  };
  const oldestFirst = Object.entries(sessions.tombstones).toSorted(
    ([, one], [, two]) => one.untilMs - two.untilMs,
  );
  for (const [name] of oldestFirst.slice(0, -maxTombstones)) delete sessions.tombstones[name];
}

/**
 * Deletes expired entries. The outcome is the time of the next expiry in ms, or undefined if none
 * is left.
 */
export function prune(sessions: Sessions, nowMs: number): Step<number | undefined> {
  const next = structuredClone(sessions);
  const due: number[] = [];
  for (const [id, family] of Object.entries(next.families))
    if (nowMs >= familyEndMs(family)) delete next.families[id];
    else due.push(familyEndMs(family));
  for (const [id, { untilMs }] of Object.entries(next.tombstones))
    if (nowMs >= untilMs) delete next.tombstones[id];
    else due.push(untilMs);
  const ledgers = Object.entries(next.ledgers ?? {}).filter(([, each]) => nowMs < each.untilMs);
  if (ledgers.length > 0) next.ledgers = Object.fromEntries(ledgers);
  else delete next.ledgers;
  due.push(...ledgers.map(([, { untilMs }]) => untilMs));
  if (next.lastSignIn !== undefined && signInRecord(next, nowMs) === undefined)
    delete next.lastSignIn;
  if (next.lastSignIn !== undefined) due.push(next.lastSignIn.atMs + signInLifetimeMs);
  return { outcome: due.length > 0 ? Math.min(...due) : undefined, next };
}
