/** Bounds the memory. If a refusal is forgotten, the store is asked again. */
const maxRemembered = 10_000;

/**
 * Refusals that this isolate has already given, by name, until they end. A repeated caller is refused before
 * any store is called, so that a caller in a loop holds no reservations of a number.
 */
export class RememberedRefusals<Refusal> {
  readonly #known = new Map<string, { refusal: Refusal; untilMs: number }>();

  /** Stores a refusal until `untilMs`. */
  remember(name: string, refusal: Refusal, untilMs: number): void {
    // The map keeps the order of insertion, so its first entry is the oldest.
    const [oldest] = this.#known.keys();
    if (this.#known.size >= maxRemembered && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(name, { refusal, untilMs });
  }

  /** Returns a refusal that has not ended, and the milliseconds until its end. */
  find(name: string, nowMs: number): { refusal: Refusal; leftMs: number } | undefined {
    const known = this.#known.get(name);
    if (known === undefined) return undefined;
    if (nowMs < known.untilMs) return { refusal: known.refusal, leftMs: known.untilMs - nowMs };
    this.#known.delete(name);
    return undefined;
  }
}
