import { randomNonce } from "../lib/random-nonce.ts";
import type { AttemptEnding, DeathReason } from "./attempt.ts";
import type { NewEvent, StoredEvent } from "./event.ts";

/** The most events that wait in one object. With a further event the oldest becomes a dead letter. */
const mostWaiting = 1000;
const mostDead = 100;
const deadKeptMs = 30 * 24 * 60 * 60 * 1000;

/** The state of the waiting events. */
interface Queue {
  /** The number of the newest event. */
  readonly last: number;
  readonly count: number;
  /** Failed attempts of the oldest event, and when the next one is due. */
  readonly failures: number;
  readonly dueAtMs: number;
}

/** An event that is no longer retried. */
export interface DeadLetter {
  readonly event: StoredEvent;
  readonly reason: DeathReason;
  readonly diedAtMs: number;
  /** Whether it is on the operator's list. */
  readonly isListed: boolean;
}

/** The pending work. Each part is absent if there is nothing to do. */
interface Work {
  readonly queue?: Queue | undefined;
  /** When missing dead letters are added to the operator's list. */
  readonly listAtMs?: number | undefined;
  /** When the oldest dead letter is deleted. */
  readonly forgetAtMs?: number | undefined;
}

const workKey = "outbox";
const deadKey = "dead-letters";
const keyOf = (number: number): string => `${workKey}:${String(number).padStart(12, "0")}`;

/**
 * The waiting events of one Durable Object, delivered in order. All methods are synchronous, so that events
 * are written in the same turn as the change that caused them. An object without events writes nothing, and
 * reads one row each time it wakes.
 */
export class Outbox {
  readonly #kv: SyncKvStorage;
  #known: Work | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv;
  }

  /** When the object's alarm has work here, in milliseconds since the epoch, or undefined. */
  get dueAtMs(): number | undefined {
    const { queue, listAtMs, forgetAtMs } = this.#work;
    const times = [queue?.dueAtMs, listAtMs, forgetAtMs].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  get isEmpty(): boolean {
    return this.dueAtMs === undefined;
  }

  /** Adds events to the end of the queue. */
  add(events: readonly NewEvent[], nowMs: number): void {
    this.#append(
      events.map((event) => ({ ...event, id: `evt_${randomNonce()}`, atMs: nowMs })),
      nowMs,
    );
  }

  /** Returns the oldest event and the number of its failed attempts, if it is due. */
  due(nowMs: number): { readonly event: StoredEvent; readonly failures: number } | undefined {
    const { queue } = this.#work;
    if (queue === undefined || nowMs < queue.dueAtMs) return undefined;
    const [entry] = this.#oldest();
    return entry && { event: entry[1], failures: queue.failures };
  }

  /** Stores how an attempt ended. It does nothing if the event has left the queue meanwhile. */
  settle({ id }: StoredEvent, ending: AttemptEnding, nowMs: number): void {
    const { queue } = this.#work;
    const [entry] = this.#oldest();
    if (queue === undefined || entry?.[1].id !== id) return;
    if (ending.kind === "retry") {
      const { dueAtMs } = ending;
      this.#save({ queue: { ...queue, failures: queue.failures + 1, dueAtMs } });
      return;
    }
    this.#kv.delete(entry[0]);
    const rest = { ...queue, count: queue.count - 1, failures: 0, dueAtMs: nowMs };
    this.#save({ queue: rest.count > 0 ? rest : undefined });
    if (ending.kind === "dead") this.#addDeadLetter(entry[1], ending.reason, nowMs);
  }

  /** Delays all work until that time. */
  postpone(dueAtMs: number): void {
    const { queue, listAtMs, forgetAtMs } = this.#work;
    this.#save({
      queue: queue && { ...queue, dueAtMs },
      listAtMs: listAtMs === undefined ? undefined : dueAtMs,
      forgetAtMs: forgetAtMs === undefined ? undefined : Math.max(forgetAtMs, dueAtMs),
    });
  }

  /** Drops all waiting events, because the operator has switched events off. */
  drop(): void {
    if (this.#work.queue === undefined) return;
    const keys = [...this.#kv.list({ prefix: `${workKey}:` })].map(([key]) => key);
    for (const key of keys) this.#kv.delete(key);
    this.#save({ queue: undefined });
  }

  /** Returns the dead letters that are missing on the operator's list, if listing is due. */
  unlisted(nowMs: number): readonly DeadLetter[] {
    const { listAtMs } = this.#work;
    if (listAtMs === undefined || nowMs < listAtMs) return [];
    return this.#letters().filter(({ isListed }) => !isListed);
  }

  /** Notes that these letters are on the operator's list. */
  listed(ids: readonly string[]): void {
    const letters = this.#letters().map((letter) =>
      ids.includes(letter.event.id) ? { ...letter, isListed: true } : letter,
    );
    const rest = letters.find(({ isListed }) => !isListed);
    this.#saveLetters(letters, rest?.diedAtMs);
  }

  /** Delays listing until that time. */
  listLater(listAtMs: number): void {
    this.#save({ listAtMs });
  }

  /** Deletes dead letters after 30 days. */
  forgetOld(nowMs: number): void {
    const { forgetAtMs, listAtMs } = this.#work;
    if (forgetAtMs === undefined || nowMs < forgetAtMs) return;
    const isKept = ({ diedAtMs }: DeadLetter) => nowMs < diedAtMs + deadKeptMs;
    this.#saveLetters(this.#letters().filter(isKept), listAtMs);
  }

  /**
   * Moves dead letters to the end of the queue. They are retried for another 24 hours. Returns the ids of
   * those that were found.
   */
  revive(ids: readonly string[], nowMs: number): string[] {
    if (this.#work.forgetAtMs === undefined) return [];
    const letters = this.#letters();
    const revived = letters.filter(({ event }) => ids.includes(event.id));
    if (revived.length === 0) return [];
    this.#saveLetters(
      letters.filter((letter) => !revived.includes(letter)),
      this.#work.listAtMs,
    );
    this.#append(
      revived.map(({ event }) => ({ ...event, revivedAtMs: nowMs })),
      nowMs,
    );
    return revived.map(({ event }) => event.id);
  }

  #append(events: readonly StoredEvent[], nowMs: number): void {
    if (events.length === 0) return;
    let queue = this.#work.queue ?? { last: 0, count: 0, failures: 0, dueAtMs: nowMs };
    for (const event of events) {
      const [oldest] = queue.count < mostWaiting ? [] : this.#oldest();
      if (oldest !== undefined) {
        this.#kv.delete(oldest[0]);
        this.#addDeadLetter(oldest[1], "overflow", nowMs);
        queue = { ...queue, count: queue.count - 1, failures: 0, dueAtMs: nowMs };
      }
      queue = { ...queue, last: queue.last + 1, count: queue.count + 1 };
      this.#kv.put(keyOf(queue.last), event);
    }
    this.#save({ queue });
  }

  #addDeadLetter(event: StoredEvent, reason: DeathReason, nowMs: number): void {
    const letter = { event, reason, diedAtMs: nowMs, isListed: false };
    this.#saveLetters([...this.#letters(), letter].slice(-mostDead), nowMs);
  }

  #oldest(): [string, StoredEvent][] {
    return [...this.#kv.list<StoredEvent>({ prefix: `${workKey}:`, limit: 1 })];
  }

  #letters(): readonly DeadLetter[] {
    return this.#kv.get<readonly DeadLetter[]>(deadKey) ?? [];
  }

  #saveLetters(letters: readonly DeadLetter[], listAtMs: number | undefined): void {
    const [oldest] = letters;
    if (oldest === undefined) {
      this.#kv.delete(deadKey);
      this.#save({ listAtMs: undefined, forgetAtMs: undefined });
      return;
    }
    this.#kv.put(deadKey, letters);
    const isAnyUnlisted = letters.some(({ isListed }) => !isListed);
    this.#save({
      // Without unlisted letters nothing would ever move this time on.
      listAtMs: isAnyUnlisted ? listAtMs : undefined,
      forgetAtMs: oldest.diedAtMs + deadKeptMs,
    });
  }

  /** Read only once, because no other code writes it. */
  get #work(): Work {
    return (this.#known ??= this.#kv.get<Work>(workKey) ?? {});
  }

  #save(change: Work): void {
    const work = { ...this.#work, ...change };
    this.#known = work;
    const isNothing = Object.values(work).every((part) => part === undefined);
    if (isNothing) this.#kv.delete(workKey);
    else this.#kv.put(workKey, work);
  }
}
