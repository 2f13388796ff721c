import { DurableObject } from "cloudflare:workers";
import { StoredState } from "../lib/stored-state.ts";
import type { ObjectSettings } from "../outbox/deliver.ts";
import { StateOutbox } from "../outbox/state-outbox.ts";
import { hasAccounts } from "./accounts.ts";
import { applyMethod, type LedgerMethod, type OutcomeOf, type RequestOf } from "./methods.ts";
import { prune } from "./prune.ts";
import type { Ledger } from "./state.ts";
import { eventsOf } from "./events.ts";
import { upgradeLedger, type LedgerV1 } from "./upgrade.ts";
import { isWaiting, WaitingRoom } from "./waiting-room.ts";

const kind = {
  key: "ledger",
  read: upgradeLedger,
  prune,
  isEmpty: (ledger: Ledger) => !hasAccounts(ledger),
};

/**
 * The Durable Object with all strict state of one number. Each method loads the state, applies a rule and
 * saves, without an await in between, so parallel calls cannot interleave. A caller whose line is taken
 * waits here, in memory. If the object fails, the caller gets an exception, and no code is sent or approved.
 */
export abstract class PhoneLedgerObject extends DurableObject<ObjectSettings> {
  readonly #room = new WaitingRoom();
  readonly #told = new StateOutbox<Ledger>(
    {
      storage: this.ctx.storage,
      id: this.ctx.id.toString(),
      store: "phone_ledger",
      settings: () => this.env,
      outside: { fetch: (input, init) => this.network(input, init), now: () => this.now() },
    },
    eventsOf,
  );
  readonly #state = new StoredState<Ledger, Ledger | LedgerV1>(
    this.ctx.storage,
    kind,
    () => this.now(),
    this.#told,
  );

  /** Milliseconds since the epoch. */
  protected abstract now(): number;

  /** The network, for the receiver of events. */
  protected abstract readonly network: typeof fetch;

  async run<Method extends LedgerMethod>(
    method: Method,
    request: RequestOf<Method>,
  ): Promise<OutcomeOf<Method>> {
    // An overdue lease has freed its line without an event. The first waiter is served before this call.
    this.#room.serve();
    const judge = () =>
      this.#state.apply((ledger, nowMs) => applyMethod(method, request, ledger, nowMs));
    const outcome = judge();
    if (isWaiting(outcome)) return this.#room.wait(outcome, judge, this.now());
    this.#room.serve();
    return outcome;
  }

  /** Sends dead letters again. Returns the ids of those that were found. */
  reviveEvents(ids: readonly string[]): Promise<string[]> {
    return this.#told.revive(ids);
  }

  override alarm(): Promise<void> {
    return this.#told.alarm(async () => {
      await this.#state.prune();
      this.#room.serve();
    });
  }
}
