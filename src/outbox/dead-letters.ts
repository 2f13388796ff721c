import type { DeathReason } from "./attempt.ts";
import type { EventType } from "./event.ts";

/** The classes of objects with events: those of a number, of a subject, and of the budget. */
export const letterStores = ["phone_ledger", "subject_sessions", "send_budget"] as const;
export type LetterStore = (typeof letterStores)[number];

/** A dead letter on the operator's list. It contains no personal data. */
export interface ListedLetter {
  readonly id: string;
  readonly type: EventType;
  readonly atMs: number;
  readonly diedAtMs: number;
  readonly reason: DeathReason;
  readonly store: LetterStore;
  /** The hexadecimal id of the object with the letter. */
  readonly object: string;
}

const prefix = "dead-letter:";
const keptMs = 30 * 24 * 60 * 60 * 1000;
const mostListed = 1000;

/**
 * The operator's list of the dead letters of all objects. The letters themselves stay in their
 * objects.
 */
export class DeadLetterList {
  readonly #kv: SyncKvStorage;

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv;
  }

  /** Adds letters. Idempotent. Beyond 1,000 letters the oldest ones are dropped. */
  add(letters: readonly ListedLetter[], nowMs: number): void {
    for (const letter of letters) this.#kv.put(prefix + letter.id, letter);
    const newestFirst = this.all(nowMs);
    for (const { id } of newestFirst.slice(mostListed)) this.#kv.delete(prefix + id);
  }

  /** Returns the letters, newest first. Deletes letters that are 30 days old. */
  all(nowMs: number): ListedLetter[] {
    const letters = [...this.#kv.list<ListedLetter>({ prefix })].map(([, letter]) => letter);
    const isOld = ({ diedAtMs }: ListedLetter) => nowMs >= diedAtMs + keptMs;
    for (const { id } of letters.filter(isOld)) this.#kv.delete(prefix + id);
    return letters
      .filter((letter) => !isOld(letter))
      .toSorted((one, two) => two.diedAtMs - one.diedAtMs);
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#kv.delete(prefix + id);
  }
}
