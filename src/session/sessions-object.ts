import { DurableObject } from "cloudflare:workers";
import type { Channel } from "../contract/channels.ts";
import { StoredState } from "../lib/stored-state.ts";
import { noSessions, prune, type Sessions } from "./family.ts";
import { listFamilies, readFamily } from "./list.ts";
import { openFamily, refreshFamily, type OpenRequest, type SessionLifetimes } from "./refresh.ts";
import { raiseFamily } from "./step-up.ts";
import { endAllSessions, signOut, signOutEverywhere } from "./sign-out.ts";

const kind = {
  key: "sessions",
  read: (stored: Sessions | undefined) => stored ?? noSessions(),
  prune,
  isEmpty: () => true,
};

/**
 * The Durable Object with all sessions of one subject. Each method loads the state, applies a rule and
 * saves, without an await in between, so parallel calls cannot interleave. If a method fails, it throws
 * and changes nothing.
 */
export abstract class SubjectSessionsObject extends DurableObject {
  readonly #state = new StoredState<Sessions>(this.ctx.storage, kind, () => this.now());

  /** Milliseconds since the epoch. */
  protected abstract now(): number;

  open(request: OpenRequest) {
    return this.#state.apply((sessions, nowMs) => openFamily(sessions, request, nowMs));
  }

  refresh(request: { id: string; generation: number; lifetimes: SessionLifetimes }) {
    return this.#state.apply((sessions, nowMs) => refreshFamily(sessions, request, nowMs));
  }

  raise(request: { id: string; channel: Channel }) {
    return this.#state.apply((sessions, nowMs) => raiseFamily(sessions, request, nowMs));
  }

  /** Returns the live sessions if the asking session `by` is live itself. */
  list(by: string) {
    return this.#state.apply((sessions, nowMs) => listFamilies(sessions, by, nowMs));
  }

  read(id: string) {
    return this.#state.apply((sessions, nowMs) => readFamily(sessions, id, nowMs));
  }

  signOut(request: { by: string; id: string }) {
    return this.#state.apply((sessions, nowMs) => signOut(sessions, request, nowMs));
  }

  signOutEverywhere(request: { by: string; name: string }) {
    return this.#state.apply((sessions, nowMs) => signOutEverywhere(sessions, request, nowMs));
  }

  endAll() {
    return this.#state.apply(endAllSessions);
  }

  override alarm(): Promise<void> {
    return this.#state.prune();
  }
}
