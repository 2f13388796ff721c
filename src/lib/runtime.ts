import type { Log } from "./log.ts";

/** What a use case may reach beyond its arguments: the network, the clock, the log. */
export interface Runtime {
  readonly fetch: typeof fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Goes on after the answer has left; a rejection is logged under `event`, never thrown. */
  readonly background: (event: string, work: Promise<unknown>) => void;
}
