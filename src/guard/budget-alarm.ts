import { deliverEvents, logOf, type Home, type ObjectSettings } from "../outbox/deliver.ts";
import { runAlarm, safetyMs } from "../outbox/object-alarm.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Runtime } from "../runtime.ts";
import type { ClosureWatch } from "./closure-watch.ts";

/**
 * The one alarm of the budget's object: it tells what has closed and delivers events, each when it is
 * due, and is set to the earlier of both. It never throws.
 */
export function budgetAlarm({
  storage,
  watch,
  outbox,
  settings,
  outside,
  look,
  home,
}: {
  readonly storage: DurableObjectStorage;
  readonly watch: ClosureWatch;
  readonly outbox: Outbox;
  readonly settings: ObjectSettings;
  readonly outside: Pick<Runtime, "fetch" | "now">;
  readonly look: Parameters<ClosureWatch["tell"]>[2];
  readonly home: Home;
}): Promise<void> {
  const isDue = (atMs: number | undefined) => atMs !== undefined && outside.now() >= atMs;
  const work = async () => {
    const hasEvents = isDue(outbox.dueAtMs);
    // A closure is told with the next minute, so an alarm for events alone does not tell it.
    if (!hasEvents || isDue(watch.dueAtMs)) await watch.tell(settings, outside, look);
    if (!hasEvents) return;
    // Should the object be evicted meanwhile, delivery goes on then.
    await storage.setAlarm(outside.now() + safetyMs);
    await deliverEvents(outbox, settings, outside, home);
    const times = [watch.dueAtMs, outbox.dueAtMs].filter((time) => time !== undefined);
    if (times.length === 0) await storage.deleteAlarm();
    else await storage.setAlarm(Math.min(...times));
  };
  const tell = (error: string) => logOf(settings)("internal.error", { level: "alert", error });
  return runAlarm(storage, outside.now, work, tell);
}
