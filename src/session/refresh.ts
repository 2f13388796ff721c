import {
  bury,
  endOf,
  liveFamily,
  noteLedger,
  type Family,
  type Sessions,
  type Step,
} from "./family.ts";

/** How long sessions live, in seconds: unused, and in all. */
export interface SessionLifetimes {
  readonly idleSeconds: number;
  readonly maxSeconds: number;
}

/** So long a predecessor gets the same successor: an answer was lost, or a second tab asked. */
export const graceMs = 10_000;
/** Past that the least recently used session ends for the new one. */
export const maxFamilies = 50;

export interface OpenRequest extends Pick<
  Family,
  | "clientId"
  | "amr"
  | "acr"
  | "authTimeSeconds"
  | "country"
  | "device"
  | "sealedNumber"
  | "sealedClaims"
  | "ledger"
> {
  readonly id: string;
  readonly lifetimes: SessionLifetimes;
}

/** What a token is made from: the family as it stands, and its one good refresh token. */
export interface LiveSession {
  readonly kind: "live";
  readonly family: Family;
}

export type OpenOutcome = LiveSession | { readonly kind: "revoked" };

/** Opens a family. Said twice it opens one, and one that was ended since stays so. */
export function openFamily(
  sessions: Sessions,
  request: OpenRequest,
  nowMs: number,
): Step<OpenOutcome> {
  const next = structuredClone(sessions);
  const { id, lifetimes, ...about } = request;
  if (Object.hasOwn(next.tombstones, id)) return { outcome: { kind: "revoked" }, next };
  const known = liveFamily(next, id, nowMs);
  if (known !== undefined) return { outcome: { kind: "live", family: known }, next };
  const family: Family = {
    ...about,
    createdAtMs: nowMs,
    generation: 1,
    rotatedAtMs: nowMs,
    idleUntilMs: nowMs + lifetimes.idleSeconds * 1000,
    endsAtMs: nowMs + lifetimes.maxSeconds * 1000,
  };
  next.families[id] = family;
  noteLedger(next, family.ledger, nowMs);
  makeRoom(next, nowMs);
  return { outcome: { kind: "live", family }, next };
}

function makeRoom(sessions: Sessions, nowMs: number): void {
  for (const [id, family] of Object.entries(sessions.families))
    if (nowMs >= endOf(family)) delete sessions.families[id];
  const leastUsedFirst = Object.entries(sessions.families).toSorted(
    ([, one], [, two]) => one.rotatedAtMs - two.rotatedAtMs,
  );
  for (const [id] of leastUsedFirst.slice(0, -maxFamilies)) bury(sessions, id);
}

export type RefreshOutcome =
  | (LiveSession & {
      /** True when an earlier request has made this successor. */
      readonly isRepetition: boolean;
    })
  /** `reused`: an old token was shown again, and with this the family has ended. */
  | { readonly kind: "refused"; readonly reason: "unknown" | "ended" | "reused" };

/**
 * Rotates a refresh token (RFC 9700 §4.14.2): it is good once. Its immediate predecessor gets the
 * same successor for ten seconds; every other replay ends the family, since of two holders one is a
 * thief and nobody can say which.
 */
export function refreshFamily(
  sessions: Sessions,
  request: {
    readonly id: string;
    readonly generation: number;
    readonly lifetimes: SessionLifetimes;
  },
  nowMs: number,
): Step<RefreshOutcome> {
  const next = structuredClone(sessions);
  const refused = (reason: "unknown" | "ended" | "reused"): Step<RefreshOutcome> => ({
    outcome: { kind: "refused", reason },
    next,
  });
  if (Object.hasOwn(next.tombstones, request.id)) return refused("ended");
  const family = liveFamily(next, request.id, nowMs);
  // No record, no session: the store may have lost it, or it was over long ago.
  if (family === undefined) return refused("unknown");
  const isPredecessor = request.generation === family.generation - 1;
  if (isPredecessor && nowMs < family.rotatedAtMs + graceMs)
    return { outcome: { kind: "live", family, isRepetition: true }, next };
  if (request.generation !== family.generation) {
    bury(next, request.id);
    return refused("reused");
  }
  // As it is set today: a session that was made under a longer idle time ends with the shorter one.
  if (nowMs >= family.rotatedAtMs + request.lifetimes.idleSeconds * 1000) return refused("unknown");
  family.generation += 1;
  family.rotatedAtMs = nowMs;
  family.idleUntilMs = nowMs + request.lifetimes.idleSeconds * 1000;
  return { outcome: { kind: "live", family, isRepetition: false }, next };
}
