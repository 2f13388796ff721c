import type { FailureEvent, Log } from "./events.ts";
import type { Trace } from "./lib/trace.ts";

/** What a use case may reach beyond its arguments: the network, the clock, the log. */
export interface Runtime {
  readonly fetch: typeof fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** What the request's lines have in common; every hop is measured by it. */
  readonly trace: Trace;
  /** Goes on after the answer has left; a rejection is logged under `event`, never thrown. */
  readonly background: (event: FailureEvent, work: Promise<unknown>) => void;
}
