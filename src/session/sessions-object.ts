import { DurableObject } from "cloudflare:workers";
import type { Channel } from "../contract.ts";
import { liveFamily, noSessions, prune, type Family, type Sessions, type Step } from "./family.ts";
import { openFamily, refreshFamily, type OpenRequest, type SessionLifetimes } from "./refresh.ts";
import { raiseFamily } from "./step-up.ts";
import { signOut, signOutEverywhere, type NotLive } from "./sign-out.ts";

const stateKey = "sessions";

export type ListOutcome =
  | { readonly kind: "sessions"; readonly families: Readonly<Record<string, Family>> }
  | NotLive;

/**
 * All sessions of one subject. Each method loads, asks a rule and saves, without an await in
 * between, so parallel calls cannot interleave. When it fails the caller gets an exception, and
 * nothing is opened, refreshed or said to be signed out.
 */
export abstract class SubjectSessionsObject extends DurableObject {
  /** Milliseconds since the epoch. */
  protected abstract now(): number;

  open(request: OpenRequest) {
    return this.#apply((sessions, nowMs) => openFamily(sessions, request, nowMs));
  }

  refresh(request: { id: string; generation: number; lifetimes: SessionLifetimes }) {
    return this.#apply((sessions, nowMs) => refreshFamily(sessions, request, nowMs));
  }

  raise(request: { id: string; channel: Channel }) {
    return this.#apply((sessions, nowMs) => raiseFamily(sessions, request, nowMs));
  }

  /** The live sessions, to the holder of a live one. */
  list(by: string): ListOutcome {
    const sessions = this.#load();
    const nowMs = this.now();
    if (liveFamily(sessions, by, nowMs) === undefined) return { kind: "not_live" };
    const live = Object.entries(sessions.families).filter(
      ([id]) => liveFamily(sessions, id, nowMs) !== undefined,
    );
    return { kind: "sessions", families: Object.fromEntries(live) };
  }

  signOut(request: { by: string; id: string }) {
    return this.#apply((sessions, nowMs) => signOut(sessions, request, nowMs));
  }

  signOutEverywhere(request: { by: string; name: string }) {
    return this.#apply((sessions, nowMs) => signOutEverywhere(sessions, request, nowMs));
  }

  override async alarm(): Promise<void> {
    const { outcome: nextAtMs, next } = prune(this.#load(), this.now());
    if (nextAtMs === undefined) return this.ctx.storage.deleteAll();
    this.ctx.storage.kv.put(stateKey, next);
    await this.ctx.storage.setAlarm(nextAtMs);
  }

  #load(): Sessions {
    return this.ctx.storage.kv.get<Sessions>(stateKey) ?? noSessions();
  }

  /** Saves only what has changed: an object that knows nothing of whom it is asked stays empty. */
  #apply<Outcome>(rule: (sessions: Sessions, nowMs: number) => Step<Outcome>): Outcome {
    const before = this.#load();
    const { outcome, next } = rule(before, this.now());
    if (JSON.stringify(next) !== JSON.stringify(before)) {
      this.ctx.storage.kv.put(stateKey, next);
      // In the turn of the save, so that both are written or none.
      const { outcome: nextAtMs } = prune(next, this.now());
      if (nextAtMs !== undefined) void this.ctx.storage.setAlarm(nextAtMs);
    }
    return outcome;
  }
}
