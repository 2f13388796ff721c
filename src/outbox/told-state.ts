import type { Beside } from "../lib/stored-state.ts";
import type { Runtime } from "../runtime.ts";
import type { LetterStore, ListedLetter } from "./dead-letters.ts";
import { deliverEvents, logOf, type ObjectSettings } from "./deliver.ts";
import type { NewEvent } from "./event.ts";
import { runAlarm, safetyMs } from "./object-alarm.ts";
import { Outbox } from "./outbox.ts";

/** What a change of a state tells the app's backend. It tells nothing where events are off. */
export type EventsOf<State> = (before: State, next: State, nowMs: number) => readonly NewEvent[];

/** What a Durable Object is, as far as its events need it. */
interface TellingObject {
  readonly storage: DurableObjectStorage;
  /** Its hexadecimal id. */
  readonly id: string;
  readonly store: LetterStore;
  readonly settings: () => ObjectSettings;
  readonly outside: Pick<Runtime, "fetch" | "now">;
}

/**
 * The events of an object whose state is stored as a whole. A change of the state and what it tells
 * are written in one turn; the object's alarm delivers.
 */
export class ToldState<State> implements Beside<State> {
  readonly #object: TellingObject;
  readonly #outbox: Outbox;
  readonly #eventsOf: EventsOf<State>;

  constructor(object: TellingObject, eventsOf: EventsOf<State>) {
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

  /** Sends dead letters once more. Returns the ids of those that were here. */
  async revive(ids: readonly string[]): Promise<string[]> {
    const { storage, outside } = this.#object;
    const revived = this.#outbox.revive(ids, outside.now());
    if (revived.length > 0) await storage.setAlarm(outside.now());
    return revived;
  }

  /**
   * The object's alarm: `prune` deletes what is over and sets the next alarm, before the delivery and
   * after it. It never throws.
   */
  alarm(prune: () => Promise<void>): Promise<void> {
    const { storage, outside, settings } = this.#object;
    const work = async () => {
      await prune();
      const { dueAtMs } = this;
      if (dueAtMs === undefined || outside.now() < dueAtMs) return;
      // Should the object be evicted meanwhile, delivery goes on then.
      await storage.setAlarm(outside.now() + safetyMs);
      await deliverEvents(this.#outbox, settings(), outside, this.#home());
      await prune();
    };
    const tell = (error: string) => logOf(settings())("internal.error", { level: "alert", error });
    return runAlarm(storage, outside.now, work, tell);
  }

  #home() {
    const { store, id: object, settings } = this.#object;
    const list = async (letters: readonly ListedLetter[]): Promise<void> => {
      await settings().SEND_BUDGET?.getByName("world").listDeadLetters(letters);
    };
    return { store, object, list };
  }
}
