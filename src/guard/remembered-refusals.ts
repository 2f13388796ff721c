/** Bounds the memory, not the promise: a forgotten address is asked for in the store again. */
const maxRemembered = 10_000;

/**
 * Addresses that this isolate has found over a window, until the window ends: refused before any
 * store is touched, so that an address in a loop holds no reservation of anybody's number.
 */
export class RememberedRefusals<Refusal> {
  readonly #known = new Map<string, { refusal: Refusal; untilMs: number }>();

  remember(address: string, refusal: Refusal, untilMs: number): void {
    // The map keeps the order of insertion: the oldest goes.
    const [oldest] = this.#known.keys();
    if (this.#known.size >= maxRemembered && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(address, { refusal, untilMs });
  }

  /** The refusal that still holds, and for how long. */
  find(address: string, nowMs: number): { refusal: Refusal; leftMs: number } | undefined {
    const known = this.#known.get(address);
    if (known === undefined) return undefined;
    if (nowMs < known.untilMs) return { refusal: known.refusal, leftMs: known.untilMs - nowMs };
    this.#known.delete(address);
    return undefined;
  }
}
