/** A call with less time than this is not begun: its answer would be lost. */
const shortestCallMs = 1_000;

/** One time limit over several calls of Twilio. */
export class Deadline {
  readonly #now: () => number;
  readonly #endMs: number;

  /** `now` and `limitMs` are in milliseconds. */
  constructor(now: () => number, limitMs: number) {
    this.#now = now;
    this.#endMs = now() + limitMs;
  }

  /** The time-out of a call that would like `timeoutMs`; undefined when no time is left for it. */
  timeoutOf(timeoutMs: number): number | undefined {
    const leftMs = this.#endMs - this.#now();
    return leftMs < shortestCallMs ? undefined : Math.min(timeoutMs, leftMs);
  }
}
