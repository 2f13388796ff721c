import type { Config } from "../config.ts";
import type { Log } from "../events.ts";
import { unsealText } from "../lib/seal.ts";
import type { Runtime } from "../runtime.ts";
import { sendAlert } from "./alert-webhook.ts";
import type { ClosureReport } from "./closures.ts";
import { maskPrefix } from "./prefix-key.ts";

/**
 * Reports closures and their ends to the operator: one log line and one alert each. They belong to no
 * request, so the log line has no number. An alert that fails is logged.
 */
export async function reportClosures(
  { peppers, guard }: Pick<Config, "peppers" | "guard">,
  outside: Pick<Runtime, "fetch" | "now">,
  log: Log,
  reports: readonly ClosureReport[],
): Promise<void> {
  for (const { event, closure, roomInMs } of reports) {
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
