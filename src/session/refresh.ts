import {
  endFamily,
  familyEndMs,
  liveFamily,
  markAsTest,
  noteLedger,
  type Family,
  type Sessions,
  type Step,
} from "./family.ts";

/** How long a session lives. */
export interface SessionLifetimes {
  /** Without a refresh. */
  readonly idleSeconds: number;
  /** In any case. */
  readonly maxSeconds: number;
}

/**
 * During this time the previous refresh token gets the same successor again, for retries and second
 * tabs.
 */
export const graceMs = 10_000;
/** A further session ends the least recently used one. */
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
  | "sealedSubject"
  | "ledger"
> {
  readonly id: string;
  readonly lifetimes: SessionLifetimes;
  /** Set for a test number: the end of its entry. */
  readonly testUntilMs?: number;
}

/** A live family, from which its tokens are made. */
export interface LiveSession {
  readonly kind: "live";
  readonly family: Family;
}

export type OpenOutcome = LiveSession | { readonly kind: "revoked" };

/** Opens a family. Idempotent: a retry opens no second one, and does not reopen an ended one. */
export function openFamily(
  sessions: Sessions,
  request: OpenRequest,
  nowMs: number,
): Step<OpenOutcome> {
  const next = structuredClone(sessions);
  const { id, lifetimes, testUntilMs, ...about } = request;
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
  if (testUntilMs !== undefined) markAsTest(family, testUntilMs);
  next.families[id] = family;
  const { sealedNumber, ledger } = family;
  // A test number proves no phone, so a backend does not find it.
  if (testUntilMs === undefined)
    next.lastSignIn = { atMs: nowMs, session: id, sealedNumber, ledger };
  noteLedger(next, family.ledger, nowMs);
  endLeastUsedFamilies(next, nowMs);
  return { outcome: { kind: "live", family }, next };
}

function endLeastUsedFamilies(sessions: Sessions, nowMs: number): void {
  for (const [id, family] of Object.entries(sessions.families))
    if (nowMs >= familyEndMs(family)) delete sessions.families[id];
  const leastUsedFirst = Object.entries(sessions.families).toSorted(
    ([, one], [, two]) => one.rotatedAtMs - two.rotatedAtMs,
  );
  for (const [id] of leastUsedFirst.slice(0, -maxFamilies)) endFamily(sessions, id, "replaced");
}

export interface RefreshRequest {
  readonly id: string;
  readonly generation: number;
  readonly lifetimes: SessionLifetimes;
  /** For a session that was opened before events were switched on. */
  readonly sealedSubject?: string;
}

/** When the family ends if it is not refreshed, by the current setting. */
export const idleEndMs = (
  { rotatedAtMs }: Pick<Family, "rotatedAtMs">,
  { idleSeconds }: SessionLifetimes,
): number => rotatedAtMs + idleSeconds * 1000;

export type RefreshOutcome =
  | (LiveSession & {
      /** True if an earlier request already got this successor. */
      readonly isRepetition: boolean;
    })
  /** `reused`: an old token was replayed, and the family has ended because of it. */
  | { readonly kind: "refused"; readonly reason: "unknown" | "ended" | "reused" };

/**
 * Rotates a refresh token, which is valid once. The previous token gets the same successor again for ten
 * seconds. Any other replay ends the family: two parties hold the token, and one of them has stolen it
 * (RFC 9700 §4.14.2).
 */
export function refreshFamily(
  sessions: Sessions,
  request: RefreshRequest,
  nowMs: number,
): Step<RefreshOutcome> {
  const next = structuredClone(sessions);
  const refused = (reason: "unknown" | "ended" | "reused"): Step<RefreshOutcome> => ({
    outcome: { kind: "refused", reason },
    next,
  });
  if (Object.hasOwn(next.tombstones, request.id)) return refused("ended");
  const family = liveFamily(next, request.id, nowMs);
  // A session without a record is refused: it expired, or the store has lost it.
  if (family === undefined) return refused("unknown");
  if (request.sealedSubject !== undefined) family.sealedSubject ??= request.sealedSubject;
  const isPredecessor = request.generation === family.generation - 1;
  if (isPredecessor && nowMs < family.rotatedAtMs + graceMs)
    return { outcome: { kind: "live", family, isRepetition: true }, next };
  if (request.generation !== family.generation) {
    endFamily(next, request.id, "reuse_detected");
    return refused("reused");
  }
  // The current setting counts: after the operator shortens the idle time, older sessions end earlier too.
  if (nowMs >= idleEndMs(family, request.lifetimes)) return refused("unknown");
  family.generation += 1;
  family.rotatedAtMs = nowMs;
  family.idleUntilMs = nowMs + request.lifetimes.idleSeconds * 1000;
  return { outcome: { kind: "live", family, isRepetition: false }, next };
}
