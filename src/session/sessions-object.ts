import { DurableObject } from "cloudflare:workers";
import type { Channel } from "../contract/channels.ts";
import { StoredState } from "../lib/stored-state.ts";
import type { ObjectSettings } from "../outbox/deliver.ts";
import { StateOutbox } from "../outbox/state-outbox.ts";
import { prune, type Sessions } from "./family.ts";
import { listFamilies, readFamily } from "./list.ts";
import { openFamily, refreshFamily, type OpenRequest, type RefreshRequest } from "./refresh.ts";
import { raiseFamily } from "./step-up.ts";
import { eraseNumber, forgetSignIn, readLastSignIn } from "./last-sign-in.ts";
import { upgradeSessions, type SessionsV1 } from "./upgrade.ts";
import { endAllSessions, signOut, signOutEverywhere } from "./sign-out.ts";
import { eventsOf } from "./events.ts";

const kind = {
  key: "sessions",
  read: upgradeSessions,
  prune,
  isEmpty: () => true,
};

/**
 * The Durable Object with all sessions of one subject. Each method loads the state, applies a rule and
 * saves, without an await in between, so parallel calls cannot interleave. If a method fails, it throws
 * and changes nothing.
 */
export abstract class SubjectSessionsObject extends DurableObject<ObjectSettings> {
  readonly #told = new StateOutbox<Sessions>(
    {
      storage: this.ctx.storage,
      id: this.ctx.id.toString(),
      store: "subject_sessions",
      settings: () => this.env,
      outside: { fetch: (input, init) => this.network(input, init), now: () => this.now() },
    },
    eventsOf,
  );
  readonly #state = new StoredState<Sessions, Sessions | SessionsV1>(
    this.ctx.storage,
    kind,
    () => this.now(),
    this.#told,
  );

  /** Milliseconds since the epoch. */
  protected abstract now(): number;

  /** The network, for the receiver of events. */
  protected abstract readonly network: typeof fetch;

  open(request: OpenRequest) {
    return this.#state.apply((sessions, nowMs) => openFamily(sessions, request, nowMs));
  }

  refresh(request: RefreshRequest) {
    return this.#state.apply((sessions, nowMs) => refreshFamily(sessions, request, nowMs));
  }

  raise(request: { id: string; channel: Channel; testUntilMs?: number | undefined }) {
    return this.#state.apply((sessions, nowMs) => raiseFamily(sessions, request, nowMs));
  }

  /** Returns the live sessions if the asking session `by` is live itself. */
  list(by: string) {
    return this.#state.apply((sessions, nowMs) => listFamilies(sessions, by, nowMs));
  }

  read(id: string) {
    return this.#state.apply((sessions, nowMs) => readFamily(sessions, id, nowMs));
  }

  lastSignIn() {
    return this.#state.apply(readLastSignIn);
  }

  eraseNumber(ledger: string) {
    return this.#state.apply((sessions, nowMs) => eraseNumber(sessions, ledger, nowMs));
  }

  forgetSignIn() {
    return this.#state.apply(forgetSignIn);
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

  /** Sends dead letters again. Returns the ids of those that were found. */
  reviveEvents(ids: readonly string[]): Promise<string[]> {
    return this.#told.revive(ids);
  }

  override alarm(): Promise<void> {
    return this.#told.alarm(() => this.#state.prune());
  }
}
