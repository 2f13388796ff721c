import {
  endFamily,
  liveFamily,
  signInRecord,
  type Sessions,
  type SignInRecord,
  type Step,
} from "./family.ts";

export type LastSignInOutcome =
  | {
      readonly kind: "known";
      readonly signIn: SignInRecord;
      /** How many sessions are live. */
      readonly live: number;
    }
  | { readonly kind: "unknown" };

/** Returns the subject's last sign-in, for 400 days, also after its last session has ended. */
export function readLastSignIn(sessions: Sessions, nowMs: number): Step<LastSignInOutcome> {
  const signIn = signInRecord(sessions, nowMs);
  if (signIn === undefined) return { outcome: { kind: "unknown" }, next: sessions };
  const ids = Object.keys(sessions.families);
  const live = ids.filter((id) => liveFamily(sessions, id, nowMs) !== undefined).length;
  return { outcome: { kind: "known", signIn, live }, next: sessions };
}

export interface NumberErased {
  readonly kind: "erased";
  /** How many live sessions were ended. */
  readonly ended: number;
}

/** Ends the sessions that were opened with a number, by its ledger, and forgets it. Idempotent. */
export function eraseNumber(sessions: Sessions, ledger: string, nowMs: number): Step<NumberErased> {
  const next = structuredClone(sessions);
  const opened = Object.entries(next.families).filter(([, each]) => each.ledger.name === ledger);
  const ids = opened.map(([id]) => id);
  const live = ids.filter((id) => liveFamily(next, id, nowMs) !== undefined);
  for (const id of ids) endFamily(next, id, "operator");
  delete next.ledgers?.[ledger];
  if (next.lastSignIn?.ledger.name === ledger) delete next.lastSignIn;
  return { outcome: { kind: "erased", ended: live.length }, next };
}

/** Forgets the subject's number. Idempotent. */
export function forgetSignIn(sessions: Sessions): Step<{ readonly kind: "forgotten" }> {
  const { lastSignIn: _, ...next } = sessions;
  return { outcome: { kind: "forgotten" }, next };
}
