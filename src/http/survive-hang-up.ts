import type { Context } from "hono";

/**
 * Returns `work`, and lets it finish even if the client hangs up. Otherwise the runtime would cancel it,
 * and a text might be sent without being counted.
 */
export function surviveHangUp<Outcome>(c: Context, work: Promise<Outcome>): Promise<Outcome> {
  // The caller that awaits `work` handles its rejection.
  c.executionCtx.waitUntil(work.catch(() => undefined));
  return work;
}
