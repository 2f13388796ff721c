import type { Context } from "hono";

/**
 * A use case that goes on when its client hangs up: the runtime cancels the rest of a request
 * otherwise, and a text may be on its way that nobody wrote down.
 */
export function surviveHangUp<Outcome>(c: Context, work: Promise<Outcome>): Promise<Outcome> {
  // A rejection is answered by whoever awaits `work`.
  c.executionCtx.waitUntil(work.catch(() => undefined));
  return work;
}
