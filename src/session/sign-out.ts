import {
  endFamily,
  liveFamily,
  type Family,
  type Sessions,
  type SignedOutEverywhere,
  type Step,
} from "./family.ts";

/** The caller's own session has ended, so its access token is refused. */
export interface NotLive {
  readonly kind: "not_live";
}

export type SignOutOutcome =
  | { readonly kind: "signed_out"; readonly wasLive: boolean }
  | { readonly kind: "session_not_found" }
  | NotLive;

/** Ends a session. Idempotent: a session that has already ended is a success. */
export function signOut(
  sessions: Sessions,
  request: {
    /** The session that asks for it: the same one, or another one of the subject. */
    readonly by: string;
    readonly id: string;
  },
  nowMs: number,
): Step<SignOutOutcome> {
  const next = structuredClone(sessions);
  const { by, id } = request;
  const isOwn = by === id;
  if (!isOwn && liveFamily(next, by, nowMs) === undefined)
    return { outcome: { kind: "not_live" }, next };
  if (liveFamily(next, id, nowMs) !== undefined) {
    endFamily(next, id, "signed_out");
    return { outcome: { kind: "signed_out", wasLive: true }, next };
  }
  const hasEnded = isOwn || Object.hasOwn(next.tombstones, id);
  return {
    outcome: hasEnded ? { kind: "signed_out", wasLive: false } : { kind: "session_not_found" },
    next,
  };
}

export type EverywhereOutcome =
  | { readonly kind: "signed_out"; readonly everywhere: SignedOutEverywhere }
  | NotLive;

/**
 * Ends all sessions of the subject. A retry by the same session ends no newer sessions and returns the
 * same ledgers, so that the caller can finish what a failure interrupted.
 */
export function signOutEverywhere(
  sessions: Sessions,
  request: { readonly by: string; readonly name: string },
  nowMs: number,
): Step<EverywhereOutcome> {
  const next = structuredClone(sessions);
  const { by, name } = request;
  const begun = Object.hasOwn(next.tombstones, by) ? next.tombstones[by]?.everywhere : undefined;
  if (begun !== undefined) return { outcome: { kind: "signed_out", everywhere: begun }, next };
  if (liveFamily(next, by, nowMs) === undefined) return { outcome: { kind: "not_live" }, next };
  const everywhere = { name, ledgers: ledgersOf(next, nowMs) };
  delete next.ledgers;
  for (const id of Object.keys(next.families))
    endFamily(next, id, "signed_out_everywhere", id === by ? everywhere : undefined);
  return { outcome: { kind: "signed_out", everywhere }, next };
}

export interface AllEnded {
  /** How many sessions ended. */
  readonly ended: number;
  /** The ledgers that must forget the subject's devices. */
  readonly ledgers: readonly Family["ledger"][];
}

/**
 * Ends all sessions of the subject for the operator. The list of ledgers stays, so that a retry after a
 * failure can finish forgetting the devices.
 */
export function endAllSessions(sessions: Sessions, nowMs: number): Step<AllEnded> {
  const next = structuredClone(sessions);
  const live = Object.keys(next.families).filter((id) => liveFamily(next, id, nowMs) !== undefined);
  for (const id of live) endFamily(next, id, "operator");
  return { outcome: { ended: live.length, ledgers: ledgersOf(next, nowMs) }, next };
}

/** Includes the ledgers of ended sessions, since their device tokens may still be valid. */
function ledgersOf({ ledgers = {} }: Sessions, nowMs: number): Family["ledger"][] {
  return Object.entries(ledgers)
    .filter(([, { untilMs }]) => nowMs < untilMs)
    .map(([name, { country }]) => ({ name, country }));
}
