import type { DeathReason } from "./attempt.ts";
import type { EventType } from "./event.ts";

/** Which kind of object has the letter: its events are those of a number, a subject or the budget. */
export const letterStores = ["phone_ledger", "subject_sessions", "send_budget"] as const;
export type LetterStore = (typeof letterStores)[number];

/** A dead letter as the operator's list has it. It names no person. */
export interface ListedLetter {
  readonly id: string;
  readonly type: EventType;
  readonly atMs: number;
  readonly diedAtMs: number;
  readonly reason: DeathReason;
  readonly store: LetterStore;
  /** The hexadecimal id of the object that has the letter. */
  readonly object: string;
}

const prefix = "dead-letter:";
const keptMs = 30 * 24 * 60 * 60 * 1000;
const mostListed = 1000;

/**
 * The dead letters of all objects, so that the operator sees them in one place. The letters
 * themselves stay in their objects.
 */
export class DeadLetterList {
  readonly #kv: SyncKvStorage;

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv;
  }

  /** Idempotent. Beyond 1,000 the oldest goes. */
  add(letters: readonly ListedLetter[], nowMs: number): void {
    for (const letter of letters) this.#kv.put(prefix + letter.id, letter);
    const newestFirst = this.all(nowMs);
    for (const { id } of newestFirst.slice(mostListed)) this.#kv.delete(prefix + id);
  }

  /** The newest first. Deletes those of 30 days and more. */
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
