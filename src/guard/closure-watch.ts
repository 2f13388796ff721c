import { readConfig } from "../config.ts";
import type { GuardConfig } from "../config/guard.ts";
import type { Log } from "../events.ts";
import { createLog } from "../lib/log.ts";
import { metricsTo, type MetricsDataset } from "../metrics.ts";
import type { Runtime } from "../runtime.ts";
import type { SpendRequest } from "./budget.ts";
import { ClosureStore, type Closure } from "./closure-store.ts";
import { newsOf, tellAtMs, type Outlook } from "./closures.ts";
import type { ConversionOutcome } from "./conversion-breaker.ts";
import type { ConversionStore } from "./conversion-store.ts";
import { tellClosures } from "./tell-closures.ts";

/** The Worker's settings, as bindings: an alarm comes without a caller that brings them. */
export type Settings = Readonly<Record<string, unknown>> & { readonly METRICS?: MetricsDataset };

/**
 * Tells the operator which breakers have begun to hold callers up, and which have ended: once each,
 * by the alarm of the budget's object, so that a refused crowd costs neither writes nor alerts.
 */
export class ClosureWatch {
  readonly #storage: DurableObjectStorage;
  readonly #closures: ClosureStore;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#closures = new ClosureStore(storage.sql);
  }

  /** Notes the keys that held a send up by their rule. What the operator holds up is no news. */
  heldUp(
    { country, prefix, verification }: SpendRequest,
    { heldBy, verdict }: ConversionOutcome,
    store: ConversionStore,
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
          nowMs,
        );
    }
  }

  /** Everybody is asked for a captcha. The caller's side has told so; the end is for the alarm. */
  askingEverybody(mode: GuardConfig["rules"]["failed_checks"], nowMs: number): void {
    if (mode !== "challenge" && mode !== "refuse") return;
    const rule = "failed_checks";
    this.#add(
      { key: rule, rule, country: undefined, sealed: undefined, verdict: mode, isTold: true },
      nowMs,
    );
  }

  /** An operator has pulled a lever. With the next minute the alarm tells whether a closure has ended. */
  leverPulled(key: string, nowMs: number): void {
    if (this.#closures.all.some((closure) => closure.key === key))
      void this.#storage.setAlarm(tellAtMs(nowMs));
  }

  /** The alarm: tells what there is to tell, and sets the next one while anything is closed. */
  async tell(
    settings: Settings,
    outside: Pick<Runtime, "fetch" | "now">,
    look: (closure: Closure, guard: GuardConfig) => Outlook,
  ): Promise<void> {
    const outcome = await readConfig(settings);
    const nowMs = outside.now();
    // Wrong settings close every route, and leave nothing to unseal a prefix with.
    if (outcome.kind !== "ok") return this.#storage.setAlarm(tellAtMs(nowMs));
    const { config } = outcome;
    const lookAt = (closure: Closure) => look(closure, config.guard);
    const { news, nextAtMs } = newsOf(this.#closures.all, lookAt, nowMs);
    for (const { event, closure } of news)
      if (event === "guard.closed") this.#closures.told(closure);
      else this.#closures.remove(closure);
    if (nextAtMs !== undefined) void this.#storage.setAlarm(nextAtMs);
    const log: Log = createLog(() => ({}), metricsTo(settings.METRICS));
    await tellClosures(config, outside, log, news);
  }

  #add(closure: Closure, nowMs: number): void {
    if (this.#closures.add(closure)) void this.#storage.setAlarm(tellAtMs(nowMs));
  }
}
