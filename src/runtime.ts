import type { FailureEvent, Log } from "./events.ts";
import type { Trace } from "./lib/trace.ts";

/** What use cases may reach beyond their arguments: the network, the clock and the log. */
export interface Runtime {
  readonly fetch: typeof fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** The fields that all log lines of the request share. It also times each hop. */
  readonly trace: Trace;
  /** Lets the work continue after the answer was sent. A rejection is logged as `event`, not thrown. */
  readonly background: (event: FailureEvent, work: Promise<unknown>) => void;
}
