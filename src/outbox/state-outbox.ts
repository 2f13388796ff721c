import type { StateCompanion } from "../lib/stored-state.ts";
import type { Runtime } from "../runtime.ts";
import type { LetterStore, ListedLetter } from "./dead-letters.ts";
import { deliverEvents, logOf, type ObjectSettings } from "./deliver.ts";
import type { NewEvent } from "./event.ts";
import { runAlarm, safetyMs } from "./object-alarm.ts";
import { Outbox } from "./outbox.ts";

/** Returns the events of a change of a state. If events are off, there are none. */
export type EventsOf<State> = (before: State, next: State, nowMs: number) => readonly NewEvent[];

/** A Durable Object with events. */
interface EventSource {
  readonly storage: DurableObjectStorage;
  /** Its hexadecimal id. */
  readonly id: string;
  readonly store: LetterStore;
  readonly settings: () => ObjectSettings;
  readonly outside: Pick<Runtime, "fetch" | "now">;
}

/**
 * The events of an object whose state is stored as a whole. A change of the state and its events are written
 * in the same turn. The object's alarm delivers the events.
 */
export class StateOutbox<State> implements StateCompanion<State> {
  readonly #object: EventSource;
  readonly #outbox: Outbox;
  readonly #eventsOf: EventsOf<State>;

  constructor(object: EventSource, eventsOf: EventsOf<State>) {
    this.#object = object;
    this.#outbox = new Outbox(object.storage);
    this.#eventsOf = eventsOf;
  }

  saved(before: State, next: State, nowMs: number): void {
    const events = this.#eventsOf(before, next, nowMs);
    if (events.length > 0) this.#outbox.add(events, nowMs);
  }

  get dueAtMs(): number | undefined {
    return this.#outbox.dueAtMs;
  }

  get isEmpty(): boolean {
    return this.#outbox.isEmpty;
  }

  /** Sends dead letters again. Returns the ids of those that were found. */
  async revive(ids: readonly string[]): Promise<string[]> {
    const { storage, outside } = this.#object;
    const revived = this.#outbox.revive(ids, outside.now());
    if (revived.length > 0) await storage.setAlarm(outside.now());
    return revived;
  }

  /**
   * Runs the object's alarm. `prune` deletes expired entries and sets the next alarm, before and after the
   * delivery. It never throws.
   */
  alarm(prune: () => Promise<void>): Promise<void> {
    const { storage, outside, settings } = this.#object;
    const work = async () => {
      await prune();
      const { dueAtMs } = this;
      if (dueAtMs === undefined || outside.now() < dueAtMs) return;
      // If the object is evicted during the delivery, this alarm continues it.
      await storage.setAlarm(outside.now() + safetyMs);
      await deliverEvents(this.#outbox, settings(), outside, this.#home());
      await prune();
    };
    const logError = (error: string) =>
      logOf(settings())("internal.error", { level: "alert", error });
    return runAlarm(storage, outside.now, work, logError);
  }

  #home() {
    const { store, id: object, settings } = this.#object;
    const list = async (letters: readonly ListedLetter[]): Promise<void> => {
      await settings().SEND_BUDGET?.getByName("world").listDeadLetters(letters);
    };
    return { store, object, list };
  }
}
