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

/** The day's sends. A failure is the value `store_unavailable`: nothing is spent uncounted. */
export class SendBudgetClient {
  /** A stub of its own for each try: one that has thrown may throw for ever. */
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
    // Naming a reservation twice counts it once.
    const outcome = await callObject(this.#runtime, "send_budget", call, { idempotent: true });
    if (outcome.kind === "send_budget_exhausted" && outcome.isFirst) {
      const { cap, callers } = outcome;
      this.#runtime.log("budget.exhausted", { level: "alert", cap, callers });
      this.#tell("budget.exhausted", { cap, callers, country: send.country });
    }
    const { alerts } = { alerts: [], ...outcome };
    for (const percent of alerts) {
      this.#runtime.log("budget.alert", { level: "alert", percent });
      this.#tell("budget.alert", { percent });
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

  /** In the background of a check that was judged: what it says of its country and of the world. */
  async checked(check: JudgedCheck): Promise<void> {
    const call = async (): Promise<{ startsAsking: boolean }> =>
      this.#stub().checked(check, this.#policy);
    // Not repeated: a failed check that is counted twice might ask everybody too early.
    const outcome = await callObject(this.#runtime, "send_budget", call);
    if (!("startsAsking" in outcome) || !outcome.startsAsking) return;
    this.#runtime.log("guard.failed_checks", { level: "alert" });
    this.#tell("guard.failed_checks", {});
  }

  overview() {
    const call = async (): Promise<GuardOverview> => this.#stub().overview(this.#policy);
    return callObject(this.#runtime, "send_budget", call, { idempotent: true });
  }

  pull(target: LeverTarget, lever: Lever) {
    const call = async (): Promise<void> => this.#stub().pull(target, lever, this.#policy);
    return callObject(this.#runtime, "send_budget", call, { idempotent: true });
  }

  /** The operator's webhook, where there is one. */
  #tell(event: EventName, fields: Readonly<Record<string, string | number>>): void {
    if (this.#alerts !== undefined)
      this.#runtime.background(
        "alert.failed",
        sendAlert(this.#runtime, this.#alerts, event, fields),
      );
  }
}
