/** A location reads a value again after this time (Workers KV's documentation). */
const staleMs = 60_000;
/** KV accepts one write per second and key. Other writes fail. */
const writeGapMs = 1000;

interface Seen<Value> {
  readonly value: Value;
  readonly atMs: number;
}

/** Workers KV as several locations see it: each location caches a read value for a minute. */
export class SimulatedKv {
  readonly #central = new Map<string, string>();
  readonly #writtenAtMs = new Map<string, number>();
  readonly #views = new Map<number, Map<string, Seen<string | undefined>>>();
  readonly #now: () => number;
  /** How many writes KV has refused. */
  lostWrites = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The namespace as a Worker at this location sees it. It has the methods that `AddressWindows` calls. */
  at(location: number): KVNamespace {
    const view = {
      get: (key: string) => {
        const text = this.read(location, key);
        return Promise.resolve(text === undefined ? null : (JSON.parse(text) as unknown));
      },
      put: (key: string, text: string) => {
        if (this.write(location, key, text)) return Promise.resolve();
        this.lostWrites += 1;
        return Promise.reject(new Error("429 Too Many Requests"));
      },
    };
    return view as unknown as KVNamespace;
  }

  read(location: number, key: string): string | undefined {
    const view = this.#viewOf(location);
    const seen = view.get(key);
    const nowMs = this.#now();
    if (seen !== undefined && nowMs < seen.atMs + staleMs) return seen.value;
    const value = this.#central.get(key);
    view.set(key, { value, atMs: nowMs });
    return value;
  }

  write(location: number, key: string, value: string): boolean {
    const nowMs = this.#now();
    if (nowMs < (this.#writtenAtMs.get(key) ?? Number.NEGATIVE_INFINITY) + writeGapMs) return false;
    this.#writtenAtMs.set(key, nowMs);
    this.#central.set(key, value);
    // The writing location sees the value at once.
    this.#viewOf(location).set(key, { value, atMs: nowMs });
    return true;
  }

  #viewOf(location: number): Map<string, Seen<string | undefined>> {
    const view = this.#views.get(location) ?? new Map<string, Seen<string | undefined>>();
    this.#views.set(location, view);
    return view;
  }
}

/** Another way to count in KV: one key per event, and a list that is up to a minute old. */
export class AppendOnlyKv {
  readonly #events: { readonly atMs: number; readonly location: number }[] = [];
  readonly #listed = new Map<number, Seen<number>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts one event if this location sees fewer than `limit` events. */
  count(location: number, limit: number): boolean {
    const nowMs = this.#now();
    const seen = this.#listed.get(location);
    const list =
      seen !== undefined && nowMs < seen.atMs + staleMs
        ? seen
        : { value: this.#events.length, atMs: nowMs };
    this.#listed.set(location, list);
    const own = this.#events.slice(list.value).filter((event) => event.location === location);
    if (list.value + own.length >= limit) return false;
    this.#events.push({ atMs: nowMs, location });
    return true;
  }
}
