import { readConfig } from "../config.ts";
import type { GuardConfig } from "../config/guard.ts";
import type { NewEvent } from "../outbox/event.ts";
import { logOf, type ObjectSettings } from "../outbox/deliver.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Runtime } from "../runtime.ts";
import type { SpendRequest } from "./budget.ts";
import { ClosureStore, type Closure } from "./closure-store.ts";
import { newsOf, tellAtMs, type Outlook } from "./closures.ts";
import type { ConversionOutcome } from "./conversion-breaker.ts";
import type { ConversionStore } from "./conversion-store.ts";
import type { SpendPolicy } from "./spend-policy.ts";
import { tellClosures } from "./tell-closures.ts";

const dueKey = "closures-due";

/**
 * Tells the operator which breakers have begun to hold callers up, and which have ended: once each,
 * by the alarm of the budget's object, so that a refused crowd costs neither writes nor alerts.
 * Where events are on, a breaker that begins is an event too.
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

  /** When there is something to tell or to look at again; undefined when nothing is closed. */
  get dueAtMs(): number | undefined {
    const isAny = this.#closures.all.length > 0;
    return isAny ? (this.#storage.kv.get<number>(dueKey) ?? 0) : undefined;
  }

  /** Notes the keys that held a send up by their rule. What the operator holds up is no news. */
  heldUp(
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
          { key, rule, country, sealed: store.sealedOf(key), verdict: does, isTold: false },
          hasEvents,
          nowMs,
        );
    }
  }

  /** Everybody is asked for a captcha. The caller's side has told so; the end is for the alarm. */
  askingEverybody({ rules, hasEvents = false }: SpendPolicy, nowMs: number): void {
    const mode = rules.failed_checks;
    if (mode !== "challenge" && mode !== "refuse") return;
    const rule = "failed_checks";
    this.#add(
      { key: rule, rule, country: undefined, sealed: undefined, verdict: mode, isTold: true },
      hasEvents,
      nowMs,
    );
  }

  /**
   * An operator has pulled a lever. With the next minute the alarm tells whether a closure has
   * ended.
   */
  leverPulled(key: string, nowMs: number): void {
    if (this.#closures.all.some((closure) => closure.key === key)) this.#lookAgain(tellAtMs(nowMs));
  }

  /** Tells what there is to tell, and sets the next alarm while anything is closed. */
  async tell(
    settings: ObjectSettings,
    outside: Pick<Runtime, "fetch" | "now">,
    look: (closure: Closure, guard: GuardConfig) => Outlook,
  ): Promise<void> {
    const outcome = await readConfig(settings);
    const nowMs = outside.now();
    // Wrong settings close every route, and leave nothing to unseal a prefix with.
    if (outcome.kind !== "ok") return this.#lookAgain(tellAtMs(nowMs));
    const { config } = outcome;
    const lookAt = (closure: Closure) => look(closure, config.guard);
    const { news, nextAtMs } = newsOf(this.#closures.all, lookAt, nowMs);
    for (const { event, closure } of news)
      if (event === "guard.closed") this.#closures.told(closure);
      else this.#closures.remove(closure);
    if (nextAtMs === undefined) this.#storage.kv.delete(dueKey);
    else this.#lookAgain(nextAtMs);
    await tellClosures(config, outside, logOf(settings), news);
  }

  #add(closure: Closure, hasEvents: boolean, nowMs: number): void {
    if (!this.#closures.add(closure)) return;
    if (hasEvents) this.#outbox.add([closedEvent(closure)], nowMs);
    this.#lookAgain(tellAtMs(nowMs));
  }

  #lookAgain(atMs: number): void {
    this.#storage.kv.put(dueKey, atMs);
    void this.#storage.setAlarm(Math.min(atMs, this.#outbox.dueAtMs ?? atMs));
  }
}

/** A prefix is a number without its last four digits: it leaves to the app's backend alone. */
function closedEvent({ rule, country, sealed, verdict }: Closure): NewEvent {
  const prefix = { field: "prefix", label: "conversion-prefix", text: sealed ?? "", about: "" };
  return {
    type: "guard.closed",
    data: { rule, country, verdict },
    sealed: sealed === undefined ? [] : [prefix],
  };
}
