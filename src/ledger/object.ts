import { DurableObject } from "cloudflare:workers";
import { StoredState } from "../lib/stored-state.ts";
import { hasAccounts } from "./accounts.ts";
import { applyMethod, type LedgerMethod, type OutcomeOf, type RequestOf } from "./methods.ts";
import { prune } from "./prune.ts";
import type { Ledger } from "./state.ts";
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
export abstract class PhoneLedgerObject extends DurableObject {
  readonly #room = new WaitingRoom();
  readonly #state = new StoredState<Ledger, Ledger | LedgerV1>(this.ctx.storage, kind, () =>
    this.now(),
  );

  /** Milliseconds since the epoch. */
  protected abstract now(): number;

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

  override async alarm(): Promise<void> {
    await this.#state.prune();
    this.#room.serve();
  }
}
