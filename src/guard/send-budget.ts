import type { EventName } from "../events.ts";
import type { Runtime } from "../runtime.ts";
import { callObject } from "../lib/store.ts";
import { sendAlert } from "./alert-webhook.ts";
import type { AlertWebhook } from "../config/guard.ts";
import type { BudgetOutcome, SpendRequest } from "./budget.ts";
import type { JudgedCheck, LeverTarget, SendBudgetObject } from "./budget-object.ts";
import type { GuardOverview } from "./overview.ts";
import type { TestCapOutcome } from "./test-cap.ts";
import type { Lever } from "./rule-mode.ts";
import type { SpendPolicy } from "./spend-policy.ts";

/**
 * Calls the object with the day's sends. A failure is the value `store_unavailable`: money fails
 * closed.
 */
export class SendBudgetClient {
  /** Makes a new stub for each attempt, since a stub that has thrown may throw on every later call. */
  readonly #stub: () => DurableObjectStub<SendBudgetObject>;
  /** The object that counts the sends of test numbers. */
  readonly #testStub: () => DurableObjectStub<SendBudgetObject>;
  readonly #policy: SpendPolicy;
  readonly #alerts: AlertWebhook | undefined;
  readonly #runtime: Runtime;

  constructor(
    namespace: DurableObjectNamespace<SendBudgetObject>,
    policy: SpendPolicy,
    alerts: AlertWebhook | undefined,
    runtime: Runtime,
  ) {
    this.#stub = () => namespace.getByName("world");
    this.#testStub = () => namespace.getByName("test-numbers");
    this.#policy = policy;
    this.#alerts = alerts;
    this.#runtime = runtime;
  }

  async reserve(send: SpendRequest) {
    const call = async (): Promise<BudgetOutcome> => this.#stub().reserve(send, this.#policy);
    // Idempotent by the send's id.
    const outcome = await callObject(this.#runtime, "send_budget", call, { idempotent: true });
    if (outcome.kind === "send_budget_exhausted" && outcome.isFirst) {
      const { cap, callers } = outcome;
      this.#runtime.log("budget.exhausted", { level: "alert", cap, callers });
      this.#alert("budget.exhausted", { cap, callers, country: send.country });
    }
    const { alerts } = { alerts: [], ...outcome };
    for (const percent of alerts) {
      this.#runtime.log("budget.alert", { level: "alert", percent });
      this.#alert("budget.alert", { percent });
    }
    return outcome;
  }

  /** One send of a test number, which has a cap of its own. Fails closed like the budget. */
  reserveTest(id: string) {
    const call = async (): Promise<TestCapOutcome> => this.#testStub().reserveTest(id);
    return callObject(this.#runtime, "send_budget", call, { idempotent: true });
  }

  releaseTest(id: string) {
    const call = async (): Promise<void> => this.#testStub().releaseTest(id);
    return callObject(this.#runtime, "send_budget", call, { idempotent: true });
  }

  settle(settled: { id: string; sent: boolean }) {
    const call = async (): Promise<void> => this.#stub().settle(settled, this.#policy);
    return callObject(this.#runtime, "send_budget", call, { idempotent: true });
  }

  /** Reports a judged check to the guard. It runs in the background. */
  async checked(check: JudgedCheck): Promise<void> {
    const call = async (): Promise<{ startsAsking: boolean }> =>
      this.#stub().checked(check, this.#policy);
    // Not retried: a failed check that is counted twice might demand captchas too early.
    const outcome = await callObject(this.#runtime, "send_budget", call);
    if (!("startsAsking" in outcome) || !outcome.startsAsking) return;
    this.#runtime.log("guard.failed_checks", { level: "alert" });
    this.#alert("guard.failed_checks", {});
  }

  overview() {
    const call = async (): Promise<GuardOverview> => this.#stub().overview(this.#policy);
    return callObject(this.#runtime, "send_budget", call, { idempotent: true });
  }

  pull(target: LeverTarget, lever: Lever) {
    const call = async (): Promise<void> => this.#stub().pull(target, lever, this.#policy);
    return callObject(this.#runtime, "send_budget", call, { idempotent: true });
  }

  /** Sends an alert to the operator's webhook, if one is configured. */
  #alert(event: EventName, fields: Readonly<Record<string, string | number>>): void {
    if (this.#alerts !== undefined)
      this.#runtime.background(
        "alert.failed",
        sendAlert(this.#runtime, this.#alerts, event, fields),
      );
  }
}
