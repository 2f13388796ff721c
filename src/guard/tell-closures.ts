import type { Config } from "../config.ts";
import type { Log } from "../events.ts";
import { unsealText } from "../lib/seal.ts";
import type { Runtime } from "../runtime.ts";
import { sendAlert } from "./alert-webhook.ts";
import type { News } from "./closures.ts";
import { maskPrefix } from "./prefix-key.ts";

/**
 * Tells the operator what has closed and what has opened again: a line of the log each, and an
 * alert. They belong to no request, so they have no number. An alert that is not taken is logged.
 */
export async function tellClosures(
  { peppers, guard }: Pick<Config, "peppers" | "guard">,
  outside: Pick<Runtime, "fetch" | "now">,
  log: Log,
  news: readonly News[],
): Promise<void> {
  for (const { event, closure, roomInMs } of news) {
    const { rule, country, sealed, verdict } = closure;
    const prefix = sealed && (await unsealText(peppers, "conversion-prefix", sealed));
    const about = {
      rule,
      ...(country !== undefined && { country }),
      ...(prefix !== undefined && { prefix: maskPrefix(prefix) }),
    };
    const until = roomInMs > 0 && { until: new Date(outside.now() + roomInMs).toISOString() };
    const fields = event === "guard.closed" ? { ...about, verdict, ...until } : about;
    log(event, { level: "warning", ...fields });
    if (guard.alerts === undefined) continue;
    try {
      await sendAlert(outside, guard.alerts, event, fields);
    } catch (error) {
      log("alert.failed", { error: error instanceof Error ? error.name : "unknown" });
    }
  }
}
