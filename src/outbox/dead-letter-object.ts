import { DurableObject } from "cloudflare:workers";
import { DeadLetterList, type ListedLetter } from "./dead-letters.ts";
import type { ObjectSettings } from "./deliver.ts";
import { Outbox } from "./outbox.ts";

/** An object with events of its own that also has the operator's list of all dead letters. */
export abstract class DeadLetterObject extends DurableObject<ObjectSettings> {
  protected readonly outbox = new Outbox(this.ctx.storage);
  readonly #letters = new DeadLetterList(this.ctx.storage);

  /** Milliseconds since the epoch. */
  protected abstract now(): number;

  /** Notes dead letters of any object for the operator. Idempotent. */
  listDeadLetters(letters: readonly ListedLetter[]): void {
    this.#letters.add(letters, this.now());
  }

  /** The newest first. */
  deadLetters(): ListedLetter[] {
    return this.#letters.all(this.now());
  }

  /** Takes letters off the list: they were sent once more, or their objects do not have them. */
  forgetDeadLetters(ids: readonly string[]): void {
    this.#letters.remove(ids);
  }

  /** Sends dead letters of this object once more. Returns the ids of those that were here. */
  async reviveEvents(ids: readonly string[]): Promise<string[]> {
    const revived = this.outbox.revive(ids, this.now());
    if (revived.length > 0) await this.ctx.storage.setAlarm(this.now());
    return revived;
  }
}
