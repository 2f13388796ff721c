import type { AssuranceLevel } from "../contract/words.ts";
import type { Step as StoredStep } from "../lib/stored-state.ts";
import type { CountryCode } from "libphonenumber-js/max";

/** All sessions of one subject. Plain JSON: it is stored as it stands here. */
export interface Sessions {
  /** The live ones, by session id. */
  families: Record<string, Family>;
  /** Those that were ended before their time, for as long as a token of theirs could be shown. */
  tombstones: Record<string, Tombstone>;
  /**
   * Where a number's ledger may still believe devices of this subject, by its name: they outlive the
   * session that has made them known.
   */
  ledgers?: Record<string, { country: CountryCode; untilMs: number }>;
}

/** One sign-in, and the chain of refresh tokens that keeps it alive. */
export interface Family {
  createdAtMs: number;
  clientId: string;
  /** Authentication methods (RFC 8176), and how sure they make us. */
  amr: string[];
  acr: AssuranceLevel;
  /** When the person last proved himself; seconds since the epoch, as `auth_time` has it. */
  authTimeSeconds: number;
  /** Coarse, for the person to tell his sessions apart. */
  country?: string;
  device?: string;
  /** Sealed and bound to the session: where a code that raises it goes. */
  sealedNumber: string;
  /** Claims that this session alone adds to its access tokens, sealed and bound to it (`extra-claims.ts`). */
  sealedClaims?: string;
  /** Where the number's ledger is, which knows the devices that signing out everywhere forgets. */
  ledger: { name: string; country: CountryCode };
  /** The one refresh token that is good: its number, counted from 1, and when it was made. */
  generation: number;
  rotatedAtMs: number;
  /** Unused until then, it ends; whatever happens, it ends at `endsAtMs`. */
  idleUntilMs: number;
  endsAtMs: number;
}

export interface Tombstone {
  untilMs: number;
  /** Set on the session that signed out everywhere, so that a repetition finishes what was begun. */
  everywhere?: SignedOutEverywhere;
}

export interface SignedOutEverywhere {
  /** A random name: one sign-out is one, however often it is said. */
  name: string;
  ledgers: Family["ledger"][];
}

export type Step<Outcome> = StoredStep<Sessions, Outcome>;

export const noSessions = (): Sessions => ({ families: {}, tombstones: {} });

/** An access token may outlive its session's end by this much, never more. */
const longestAccessMs = 60 * 60 * 1000;
/** Bounds the state; an older tombstone is no loss, since without a record nothing is accepted. */
const maxTombstones = 200;

/** A day past the life of a device token, which is made a moment after its session. */
const ledgerMs = 91 * 24 * 60 * 60 * 1000;
/** Bounds the state, and how many ledgers one sign-out asks. */
const maxLedgers = 50;

/** Remembers where a device is about to be known. Changes the sessions that it is given. */
export function noteLedger(sessions: Sessions, ledger: Family["ledger"], nowMs: number): void {
  const { [ledger.name]: _, ...others } = sessions.ledgers ?? {};
  const newest = { country: ledger.country, untilMs: nowMs + ledgerMs };
  const oldestFirst = [...Object.entries(others), [ledger.name, newest] as const];
  sessions.ledgers = Object.fromEntries(oldestFirst.slice(-maxLedgers));
}

/** The family, unless its time is over: the clock decides, not an alarm that may be late. */
export function liveFamily(sessions: Sessions, id: string, nowMs: number): Family | undefined {
  const family = Object.hasOwn(sessions.families, id) ? sessions.families[id] : undefined;
  return family !== undefined && nowMs < endOf(family) ? family : undefined;
}

export const endOf = ({ idleUntilMs, endsAtMs }: Family): number => Math.min(idleUntilMs, endsAtMs);

/** Ends a family before its time. */
export function bury(sessions: Sessions, id: string, everywhere?: SignedOutEverywhere): void {
  const family = sessions.families[id];
  if (family === undefined) return;
  delete sessions.families[id];
  sessions.tombstones[id] = {
    untilMs: family.endsAtMs + longestAccessMs,
    ...(everywhere && { everywhere }),
  };
  const oldestFirst = Object.entries(sessions.tombstones).toSorted(
    ([, one], [, two]) => one.untilMs - two.untilMs,
  );
  for (const [name] of oldestFirst.slice(0, -maxTombstones)) delete sessions.tombstones[name];
}

/** Deletes what is over, and says when there is more to delete; undefined when all is gone. */
export function prune(sessions: Sessions, nowMs: number): Step<number | undefined> {
  const next = structuredClone(sessions);
  const due: number[] = [];
  for (const [id, family] of Object.entries(next.families))
    if (nowMs >= endOf(family)) delete next.families[id];
    else due.push(endOf(family));
  for (const [id, { untilMs }] of Object.entries(next.tombstones))
    if (nowMs >= untilMs) delete next.tombstones[id];
    else due.push(untilMs);
  const ledgers = Object.entries(next.ledgers ?? {}).filter(([, each]) => nowMs < each.untilMs);
  if (ledgers.length > 0) next.ledgers = Object.fromEntries(ledgers);
  else delete next.ledgers;
  due.push(...ledgers.map(([, { untilMs }]) => untilMs));
  return { outcome: due.length > 0 ? Math.min(...due) : undefined, next };
}
