import type { BudgetCaps } from "../config/budget.ts";
import type { Runtime } from "../lib/runtime.ts";
import { callObject } from "../lib/store.ts";
import type { BudgetOutcome } from "./budget.ts";
import type { SendBudgetObject } from "./budget-object.ts";

/** The day's sends. A failure is the value `store_unavailable`: nothing is spent uncounted. */
export class SendBudget {
  readonly #object: DurableObjectStub<SendBudgetObject>;
  readonly #caps: BudgetCaps;
  readonly #runtime: Runtime;

  constructor(
    namespace: DurableObjectNamespace<SendBudgetObject>,
    caps: BudgetCaps,
    runtime: Runtime,
  ) {
    this.#object = namespace.getByName("world");
    this.#caps = caps;
    this.#runtime = runtime;
  }

  async reserve(send: { id: string; country: string }) {
    const call = async (): Promise<BudgetOutcome> => this.#object.reserve(send, this.#caps);
    // Naming a reservation twice counts it once.
    const outcome = await callObject(this.#runtime, "send_budget", call, { idempotent: true });
    if (outcome.kind === "send_budget_exhausted")
      this.#runtime.log("budget.exhausted", {
        level: "alert",
        cap: outcome.cap,
        country: send.country,
      });
    return outcome;
  }

  settle(settled: { id: string; sent: boolean }) {
    const call = async (): Promise<void> => this.#object.settle(settled);
    return callObject(this.#runtime, "send_budget", call, { idempotent: true });
  }
}
