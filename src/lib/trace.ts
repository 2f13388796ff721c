type Value = string | number | undefined;

/**
 * What all log lines of one request share: its subject, once that is known, and the duration of each
 * hop. A Worker's clock advances only during I/O, so durations measure waiting, not computing.
 */
export class Trace {
  readonly #now: () => number;
  readonly #beganAtMs: number;
  readonly #about: Record<string, Value> = {};
  readonly #hops = new Map<string, number>();

  /** `now` is in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#beganAtMs = this.#read();
  }

  /** Adds fields to all later log lines of the request. */
  about(known: Readonly<Record<string, Value>>): void {
    Object.assign(this.#about, known);
  }

  get requestId(): string {
    return String(this.#about.request_id ?? "");
  }

  /** Times one call to the outside. Returns or throws what the call returns or throws. */
  async hop<Outcome>(name: string, call: () => Promise<Outcome>): Promise<Outcome> {
    const beganAtMs = this.#read();
    try {
      return await call();
    } finally {
      this.#hops.set(name, (this.#hops.get(name) ?? 0) + this.#read() - beganAtMs);
    }
  }

  /**
   * Returns the fields known so far. `ms` counts from the request's start; `hops` adds up ms by
   * name.
   */
  context() {
    return {
      ...this.#about,
      ms: this.#read() - this.#beganAtMs,
      ...(this.#hops.size > 0 && { hops: Object.fromEntries(this.#hops) }),
    };
  }

  /** A failing clock must not fail the request, so the time is 0 then. */
  #read(): number {
    try {
      return this.#now();
    } catch {
      return 0;
    }
  }
}
