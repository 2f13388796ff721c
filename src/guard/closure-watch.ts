import { readConfig } from "../config.ts";
import type { GuardConfig } from "../config/guard.ts";
import type { NewEvent } from "../outbox/event.ts";
import { logOf, type ObjectSettings } from "../outbox/deliver.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Runtime } from "../runtime.ts";
import type { SpendRequest } from "./budget.ts";
import { ClosureStore, type Closure } from "./closure-store.ts";
import { dueReports, reportAtMs, type Outlook } from "./closures.ts";
import type { ConversionOutcome } from "./conversion-breaker.ts";
import type { ConversionStore } from "./conversion-store.ts";
import type { SpendPolicy } from "./spend-policy.ts";
import { reportClosures } from "./report-closures.ts";

const dueKey = "closures-due";

/**
 * Reports to the operator which breakers have begun to hold callers up, and which have stopped. The alarm of
 * the budget's object reports each of them once, so that refused callers cause neither writes nor alerts. If
 * events are on, a breaker that begins is also an event.
 */
export class ClosureWatch {
  readonly #storage: DurableObjectStorage;
  readonly #closures: ClosureStore;
  readonly #outbox: Outbox;

  constructor(storage: DurableObjectStorage, outbox: Outbox) {
    this.#storage = storage;
    this.#closures = new ClosureStore(storage.sql);
    this.#outbox = outbox;
  }

  /** When the next look is due, in milliseconds since the epoch. Undefined if nothing is closed. */
  get dueAtMs(): number | undefined {
    const isAny = this.#closures.all.length > 0;
    return isAny ? (this.#storage.kv.get<number>(dueKey) ?? 0) : undefined;
  }

  /** Notes the keys whose rules held a send up. Keys that the operator holds up are not reported. */
  noteHeldUp(
    { country, prefix, verification }: SpendRequest,
    { heldBy, verdict }: ConversionOutcome,
    store: ConversionStore,
    { hasEvents = false }: Pick<SpendPolicy, "hasEvents">,
    nowMs: number,
  ): void {
    if (verdict === "pass") return;
    for (const { rule, as } of heldBy.filter((each) => each.as !== "hold_up")) {
      const ofPrefix = prefix?.key ?? store.prefixOf("verification", verification);
      const key = rule === "country" ? country : ofPrefix;
      const does = as === "refuse" ? "refuse" : verdict;
      if (key !== undefined)
        this.#add(
          { key, rule, country, sealed: store.sealedOf(key), verdict: does, isReported: false },
          hasEvents,
          nowMs,
        );
    }
  }

  /**
   * Notes that all callers must pass a captcha. The Worker has reported that; the alarm reports the
   * end.
   */
  noteCaptchaForAll({ rules, hasEvents = false }: SpendPolicy, nowMs: number): void {
    const mode = rules.failed_checks;
    if (mode !== "challenge" && mode !== "refuse") return;
    const rule = "failed_checks";
    this.#add(
      { key: rule, rule, country: undefined, sealed: undefined, verdict: mode, isReported: true },
      hasEvents,
      nowMs,
    );
  }

  /**
   * Notes a lever of the operator. At the next full minute the alarm reports whether a closure has
   * ended.
   */
  noteLever(key: string, nowMs: number): void {
    if (this.#closures.all.some((closure) => closure.key === key))
      this.#setNextLook(reportAtMs(nowMs));
  }

  /** Reports what is due, and sets the next alarm as long as anything is closed. */
  async reportDue(
    settings: ObjectSettings,
    outside: Pick<Runtime, "fetch" | "now">,
    look: (closure: Closure, guard: GuardConfig) => Outlook,
  ): Promise<void> {
    const outcome = await readConfig(settings, outside.now);
    const nowMs = outside.now();
    // With wrong settings all routes are closed, and no key can open a sealed prefix.
    if (outcome.kind !== "ok") return this.#setNextLook(reportAtMs(nowMs));
    const { config } = outcome;
    const lookAt = (closure: Closure) => look(closure, config.guard);
    const { reports, nextAtMs } = dueReports(this.#closures.all, lookAt, nowMs);
    for (const { event, closure } of reports)
      if (event === "guard.closed") this.#closures.markReported(closure);
      else this.#closures.remove(closure);
    if (nextAtMs === undefined) this.#storage.kv.delete(dueKey);
    else this.#setNextLook(nextAtMs);
    await reportClosures(config, outside, logOf(settings), reports);
  }

  #add(closure: Closure, hasEvents: boolean, nowMs: number): void {
    if (!this.#closures.add(closure)) return;
    if (hasEvents) this.#outbox.add([closedEvent(closure)], nowMs);
    this.#setNextLook(reportAtMs(nowMs));
  }

  #setNextLook(atMs: number): void {
    this.#storage.kv.put(dueKey, atMs);
    void this.#storage.setAlarm(Math.min(atMs, this.#outbox.dueAtMs ?? atMs));
  }
}

/**
 * Returns the event of a closure. The prefix is only sent to the app's backend, so it is stored
 * sealed.
 */
function closedEvent({ rule, country, sealed, verdict }: Closure): NewEvent {
  const prefix = { field: "prefix", label: "conversion-prefix", text: sealed ?? "", about: "" };
  return {
    type: "guard.closed",
    data: { rule, country, verdict },
    sealed: sealed === undefined ? [] : [prefix],
  };
}
