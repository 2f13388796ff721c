import {
  bury,
  liveFamily,
  type Family,
  type Sessions,
  type SignedOutEverywhere,
  type Step,
} from "./family.ts";

/** The caller's own session has ended: his access token is good for nothing here. */
export interface NotLive {
  readonly kind: "not_live";
}

export type SignOutOutcome =
  | { readonly kind: "signed_out"; readonly wasLive: boolean }
  | { readonly kind: "session_not_found" }
  | NotLive;

/** Ends one session at the word of another, or its own. What has ended already is no mistake. */
export function signOut(
  sessions: Sessions,
  request: {
    /** Whose word it is. */
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
    bury(next, id);
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
 * Ends all sessions of the subject. Said again by the same session it ends no newer ones, and
 * answers the same, so that a caller can finish with the ledgers what a failure has interrupted.
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
  for (const id of Object.keys(next.families)) bury(next, id, id === by ? everywhere : undefined);
  return { outcome: { kind: "signed_out", everywhere }, next };
}

/** What the operator has ended, and whose devices are to be forgotten as well. */
export interface AllEnded {
  readonly ended: number;
  readonly ledgers: readonly Family["ledger"][];
}

/**
 * Ends all sessions of the subject at the operator's word. The ledgers stay, so that a repetition
 * after a failure finishes with the devices.
 */
export function endAllSessions(sessions: Sessions, nowMs: number): Step<AllEnded> {
  const next = structuredClone(sessions);
  const live = Object.keys(next.families).filter((id) => liveFamily(next, id, nowMs) !== undefined);
  for (const id of live) bury(next, id);
  return { outcome: { ended: live.length, ledgers: ledgersOf(next, nowMs) }, next };
}

/** Those of sessions that have ended before are among them: their devices may still be believed. */
function ledgersOf({ ledgers = {} }: Sessions, nowMs: number): Family["ledger"][] {
  return Object.entries(ledgers)
    .filter(([, { untilMs }]) => nowMs < untilMs)
    .map(([name, { country }]) => ({ name, country }));
}
