/** A call with less time than this is not made, since its answer would probably come too late. */
const shortestCallMs = 1_000;

/** One time limit for several calls to Twilio. */
export class Deadline {
  readonly #now: () => number;
  readonly #endMs: number;

  /** `now` and `limitMs` are in milliseconds. */
  constructor(now: () => number, limitMs: number) {
    this.#now = now;
    this.#endMs = now() + limitMs;
  }

  /** Returns the time-out of the next call, at most `timeoutMs`, or undefined if no time is left. */
  timeoutOf(timeoutMs: number): number | undefined {
    const leftMs = this.#endMs - this.#now();
    return leftMs < shortestCallMs ? undefined : Math.min(timeoutMs, leftMs);
  }
}
