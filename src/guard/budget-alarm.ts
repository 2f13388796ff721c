import { deliverEvents, logOf, type Home, type ObjectSettings } from "../outbox/deliver.ts";
import { runAlarm, safetyMs } from "../outbox/object-alarm.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Runtime } from "../runtime.ts";
import type { ClosureWatch } from "./closure-watch.ts";

/**
 * The alarm of the budget's object. It reports closures and delivers events when they are due, and is set
 * to the earlier of both times. It never throws.
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
  readonly look: Parameters<ClosureWatch["reportDue"]>[2];
  readonly home: Home;
}): Promise<void> {
  const isDue = (atMs: number | undefined) => atMs !== undefined && outside.now() >= atMs;
  const work = async () => {
    const hasEvents = isDue(outbox.dueAtMs);
    // A closure is reported at the next full minute, so an alarm for events only must not report it.
    if (!hasEvents || isDue(watch.dueAtMs)) await watch.reportDue(settings, outside, look);
    if (hasEvents) {
      // If the object is evicted during the delivery, this alarm continues it.
      await storage.setAlarm(outside.now() + safetyMs);
      await deliverEvents(outbox, settings, outside, home);
    }
    // After a look at the closures too: the last of them sets no alarm, and events may still wait.
    const times = [watch.dueAtMs, outbox.dueAtMs].filter((time) => time !== undefined);
    if (times.length === 0) await storage.deleteAlarm();
    else await storage.setAlarm(Math.min(...times));
  };
  const logError = (error: string) => logOf(settings)("internal.error", { level: "alert", error });
  return runAlarm(storage, outside.now, work, logError);
}
