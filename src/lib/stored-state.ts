/** A rule's outcome and the state after it. A rule changes nothing that it was given. */
export interface Step<State, Outcome> {
  readonly outcome: Outcome;
  readonly next: State;
}

/** How a state is stored, read and thinned out. */
export interface StateKind<State, Stored> {
  readonly key: string;
  /** Makes the state from what is stored, of an older shape too, or from nothing. */
  readonly read: (stored: Stored | undefined, nowMs: number) => State;
  /** Deletes what is over. The outcome is when there is more to delete, or undefined. */
  readonly prune: (state: State, nowMs: number) => Step<State, number | undefined>;
  /** Whether the object may be deleted. */
  readonly isEmpty: (state: State) => boolean;
}

/**
 * The one state of a Durable Object, as plain JSON under one key. Reads and writes have no await, so
 * no other call of the object comes between them.
 */
export class StoredState<State, Stored = State> {
  readonly #storage: DurableObjectStorage;
  readonly #kind: StateKind<State, Stored>;
  /** Milliseconds since the epoch. */
  readonly #now: () => number;

  constructor(storage: DurableObjectStorage, kind: StateKind<State, Stored>, now: () => number) {
    this.#storage = storage;
    this.#kind = kind;
    this.#now = now;
  }

  /** Asks the rule and saves what it changed: a refusal leaves an empty object empty. */
  apply<Outcome>(rule: (state: State, nowMs: number) => Step<State, Outcome>): Outcome {
    const before = this.#load();
    const { outcome, next } = rule(before, this.#now());
    if (JSON.stringify(next) !== JSON.stringify(before)) {
      this.#storage.kv.put(this.#kind.key, next);
      // In the same turn as the save, so that both are written or none.
      const { outcome: nextAtMs } = this.#kind.prune(next, this.#now());
      if (nextAtMs !== undefined) void this.#storage.setAlarm(nextAtMs);
    }
    return outcome;
  }

  /** For the object's alarm: deletes what is over, and the whole object when nothing is left. */
  async prune(): Promise<void> {
    const { outcome: nextAtMs, next } = this.#kind.prune(this.#load(), this.#now());
    if (nextAtMs === undefined && this.#kind.isEmpty(next)) return this.#storage.deleteAll();
    this.#storage.kv.put(this.#kind.key, next);
    if (nextAtMs !== undefined) await this.#storage.setAlarm(nextAtMs);
  }

  #load(): State {
    return this.#kind.read(this.#storage.kv.get<Stored>(this.#kind.key), this.#now());
  }
}
