/** The outcome of a rule and the state after it. A rule never changes its arguments. */
export interface Step<State, Outcome> {
  readonly outcome: Outcome;
  readonly next: State;
}

/** How a state is stored, read and pruned. */
export interface StateKind<State, Stored> {
  readonly key: string;
  /** Makes the state from the stored value, which may be missing or of an older shape. */
  readonly read: (stored: Stored | undefined, nowMs: number) => State;
  /**
   * Deletes expired entries. The outcome is the time of the next expiry in milliseconds, or
   * undefined.
   */
  readonly prune: (state: State, nowMs: number) => Step<State, number | undefined>;
  /** Whether the state holds nothing, so that the object may be deleted. */
  readonly isEmpty: (state: State) => boolean;
}

/** What an object stores in addition to its state. It shares the object's alarm. */
export interface StateCompanion<State> {
  /** Called in the same turn that saves `next`, so that both are stored or neither. */
  saved(before: State, next: State, nowMs: number): void;
  /** When the alarm has work for it, in milliseconds since the epoch, or undefined. */
  readonly dueAtMs: number | undefined;
  readonly isEmpty: boolean;
}

/**
 * The state of a Durable Object, stored as plain JSON under one key. Reading and writing never await,
 * so no other call to the object runs between them.
 */
export class StoredState<State, Stored = State> {
  readonly #storage: DurableObjectStorage;
  readonly #kind: StateKind<State, Stored>;
  /** Milliseconds since the epoch. */
  readonly #now: () => number;
  readonly #companion: StateCompanion<State>;

  constructor(
    storage: DurableObjectStorage,
    kind: StateKind<State, Stored>,
    now: () => number,
    companion: StateCompanion<State>,
  ) {
    this.#storage = storage;
    this.#kind = kind;
    this.#now = now;
    this.#companion = companion;
  }

  /**
   * Applies the rule and saves the state if it changed. A refusal writes nothing to an empty
   * object.
   */
  apply<Outcome>(rule: (state: State, nowMs: number) => Step<State, Outcome>): Outcome {
    const before = this.#load();
    const { outcome, next } = rule(before, this.#now());
    if (JSON.stringify(next) !== JSON.stringify(before)) {
      this.#storage.kv.put(this.#kind.key, next);
      this.#companion.saved(before, next, this.#now());
      // Set in the same turn as the write, so that both are stored or neither.
      const { outcome: nextAtMs } = this.#kind.prune(next, this.#now());
      const alarmAtMs = earliest(nextAtMs, this.#companion.dueAtMs);
      if (alarmAtMs !== undefined) void this.#storage.setAlarm(alarmAtMs);
    }
    return outcome;
  }

  /** Runs at the object's alarm: deletes expired entries, and the whole object if nothing is left. */
  async prune(): Promise<void> {
    const before = this.#load();
    const { outcome: nextAtMs, next } = this.#kind.prune(before, this.#now());
    const isOver = nextAtMs === undefined && this.#kind.isEmpty(next);
    this.#companion.saved(before, next, this.#now());
    if (isOver && this.#companion.isEmpty) return this.#storage.deleteAll();
    this.#storage.kv.put(this.#kind.key, next);
    const alarmAtMs = earliest(nextAtMs, this.#companion.dueAtMs);
    if (alarmAtMs !== undefined) await this.#storage.setAlarm(alarmAtMs);
  }

  #load(): State {
    return this.#kind.read(this.#storage.kv.get<Stored>(this.#kind.key), this.#now());
  }
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
