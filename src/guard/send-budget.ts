import type { BudgetCaps } from "../config/budget.ts";
import type { Runtime } from "../lib/runtime.ts";
import { callObject } from "../lib/store.ts";
import type { BudgetOutcome } from "./budget.ts";
import type { SendBudgetObject } from "./budget-object.ts";

/** The day's sends. A failure is the value `store_unavailable`: nothing is spent uncounted. */
export class SendBudget {
  /** A stub of its own for each try: one that has thrown may throw for ever. */
  readonly #stub: () => DurableObjectStub<SendBudgetObject>;
  readonly #caps: BudgetCaps;
  readonly #runtime: Runtime;

  constructor(
    namespace: DurableObjectNamespace<SendBudgetObject>,
    caps: BudgetCaps,
    runtime: Runtime,
  ) {
    this.#stub = () => namespace.getByName("world");
    this.#caps = caps;
    this.#runtime = runtime;
  }

  async reserve(send: { id: string; country: string }) {
    const call = async (): Promise<BudgetOutcome> => this.#stub().reserve(send, this.#caps);
    // Naming a reservation twice counts it once.
    const outcome = await callObject(this.#runtime, "send_budget", call, { idempotent: true });
    if (outcome.kind === "send_budget_exhausted" && outcome.isFirst)
      this.#runtime.log("budget.exhausted", {
        level: "alert",
        cap: outcome.cap,
        country: send.country,
      });
    return outcome;
  }

  settle(settled: { id: string; sent: boolean }) {
    const call = async (): Promise<void> => this.#stub().settle(settled);
    return callObject(this.#runtime, "send_budget", call, { idempotent: true });
  }
}
