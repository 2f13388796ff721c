import { DurableObject } from "cloudflare:workers";
import { DeadLetterList, type ListedLetter } from "./dead-letters.ts";
import type { ObjectSettings } from "./deliver.ts";
import { Outbox } from "./outbox.ts";

/** An object that has events of its own, and the operator's list of all dead letters. */
export abstract class DeadLetterObject extends DurableObject<ObjectSettings> {
  protected readonly outbox = new Outbox(this.ctx.storage);
  readonly #letters = new DeadLetterList(this.ctx.storage);

  /** Milliseconds since the epoch. */
  protected abstract now(): number;

  /** Adds dead letters of any object to the operator's list. Idempotent. */
  listDeadLetters(letters: readonly ListedLetter[]): void {
    this.#letters.add(letters, this.now());
  }

  /** Returns the operator's list, newest first. */
  deadLetters(): ListedLetter[] {
    return this.#letters.all(this.now());
  }

  /** Removes letters from the list: they were sent again, or their objects no longer have them. */
  forgetDeadLetters(ids: readonly string[]): void {
    this.#letters.remove(ids);
  }

  /** Sends dead letters of this object again. Returns the ids of those that it had. */
  async reviveEvents(ids: readonly string[]): Promise<string[]> {
    const revived = this.outbox.revive(ids, this.now());
    const { dueAtMs } = this.outbox;
    const alarmAtMs = await this.ctx.storage.getAlarm();
    // An alarm of the object's other work stays. During a backoff the letters wait for its end.
    if (dueAtMs !== undefined && (alarmAtMs === null || dueAtMs < alarmAtMs))
      await this.ctx.storage.setAlarm(dueAtMs);
    return revived;
  }
}
