import {
  noSessions,
  prune,
  type Family,
  type Sessions,
  type Step,
} from "../../src/session/family.ts";
import { openFamily, refreshFamily, type RefreshOutcome } from "../../src/session/refresh.ts";
import { endAllSessions, signOut, signOutEverywhere } from "../../src/session/sign-out.ts";
import { deepFreeze } from "../ledger/play.ts";

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;
export const lifetimes = { idleSeconds: 7 * 86_400, maxSeconds: 30 * 86_400 };
const ledger: Family["ledger"] = { name: "a-ledger", country: "US" };

/**
 * One subject's sessions and their clock. Each rule gets frozen sessions, and its result is stored as
 * JSON. So every test also shows that the rules do not change their arguments.
 */
export class SessionsPlay {
  sessions: Sessions = noSessions();
  nowMs = Date.UTC(2026, 10, 24, 12);
  #count = 0;

  name(kind: string): string {
    this.#count += 1;
    return `${kind}${this.#count}`;
  }

  wait(ms: number): void {
    this.nowMs += ms;
  }

  apply<Outcome>(rule: (sessions: Sessions, nowMs: number) => Step<Outcome>): Outcome {
    const { outcome, next } = rule(deepFreeze(this.sessions), this.nowMs);
    this.sessions = JSON.parse(JSON.stringify(next)) as Sessions;
    return outcome;
  }

  tryOpen(id = this.name("session"), more: { ledger?: typeof ledger } = {}) {
    const request = {
      id,
      clientId: "phonegate",
      amr: ["sms"],
      acr: "aal1" as const,
      authTimeSeconds: Math.floor(this.nowMs / 1000),
      sealedNumber: `sealed number of ${id}`,
      ledger,
      lifetimes,
      ...more,
    };
    return this.apply((sessions, nowMs) => openFamily(sessions, request, nowMs));
  }

  /** An open session, whose first refresh token has the generation 1. */
  open(id = this.name("session"), more: { ledger?: typeof ledger } = {}): string {
    const outcome = this.tryOpen(id, more);
    if (outcome.kind !== "live") throw new Error(`not opened: ${outcome.kind}`);
    return id;
  }

  refresh(id: string, generation: number): RefreshOutcome {
    const request = { id, generation, lifetimes };
    return this.apply((sessions, nowMs) => refreshFamily(sessions, request, nowMs));
  }

  /** Refreshes and returns the generation of the successor. */
  refreshed(id: string, generation: number): number {
    const outcome = this.refresh(id, generation);
    if (outcome.kind !== "live") throw new Error(`refused: ${outcome.reason}`);
    return outcome.family.generation;
  }

  signOut(by: string, id = by) {
    return this.apply((sessions, nowMs) => signOut(sessions, { by, id }, nowMs));
  }

  everywhere(by: string, name = this.name("sign-out")) {
    return this.apply((sessions, nowMs) => signOutEverywhere(sessions, { by, name }, nowMs));
  }

  endAll() {
    return this.apply(endAllSessions);
  }

  prune(): number | undefined {
    return this.apply((sessions, nowMs) => prune(sessions, nowMs));
  }
}
