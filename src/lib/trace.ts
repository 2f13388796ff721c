type Value = string | number | undefined;

/**
 * What the lines of one request have in common: what it is about, once that is known, and how long
 * each hop has taken. The clock of a Worker stands still while it computes and goes on with I/O
 * alone, so what is measured is the waiting.
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

  /** From now on every line says so. */
  about(known: Readonly<Record<string, Value>>): void {
    Object.assign(this.#about, known);
  }

  /** Which request it is. */
  get requestId(): string {
    return String(this.#about.request_id ?? "");
  }

  /** One call to the outside; what comes back from it, or its failure, is handed on. */
  async hop<Outcome>(name: string, call: () => Promise<Outcome>): Promise<Outcome> {
    const beganAtMs = this.#read();
    try {
      return await call();
    } finally {
      this.#hops.set(name, (this.#hops.get(name) ?? 0) + this.#read() - beganAtMs);
    }
  }

  /** What is known by now. Milliseconds since the request began, and by hop, added up by name. */
  context() {
    return {
      ...this.#about,
      ms: this.#read() - this.#beganAtMs,
      ...(this.#hops.size > 0 && { hops: Object.fromEntries(this.#hops) }),
    };
  }

  /** What only measures must not be what fails, above all while a failure is told. */
  #read(): number {
    try {
      return this.#now();
    } catch {
      return 0;
    }
  }
}
