import { DurableObject } from "cloudflare:workers";
import type { BudgetCaps } from "../config/budget.ts";
import {
  emptyBudget,
  reserveSpend,
  settleSpend,
  type Budget,
  type BudgetOutcome,
} from "./budget.ts";

const stateKey = "budget";

/**
 * The day's sends, exact however many callers: one object, no await between load and save. When
 * it fails the caller gets an exception and sends nothing.
 */
export abstract class SendBudgetObject extends DurableObject {
  /** Milliseconds since the epoch. */
  protected abstract now(): number;

  reserve(send: { id: string; country: string }, caps: BudgetCaps): BudgetOutcome {
    const { outcome, next } = reserveSpend(this.#load(), send, caps, this.now());
    const isNews = outcome.kind === "send_budget_exhausted" && outcome.isFirst;
    if (outcome.kind === "reserved" || isNews) this.#save(next);
    return outcome;
  }

  settle(settled: { id: string; sent: boolean }): void {
    this.#save(settleSpend(this.#load(), settled, this.now()));
  }

  #load(): Budget {
    return this.ctx.storage.kv.get<Budget>(stateKey) ?? emptyBudget();
  }

  #save(budget: Budget): void {
    this.ctx.storage.kv.put(stateKey, budget);
  }
}
