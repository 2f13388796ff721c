import { callObject, type StoreUnavailable, type Watch } from "../lib/store.ts";
import type { LetterStore, ListedLetter } from "./dead-letters.ts";

/** The object with the operator's list. */
interface ListObject {
  deadLetters(): Promise<ListedLetter[]>;
  forgetDeadLetters(ids: readonly string[]): Promise<void>;
}

/** An object that may have dead letters. */
interface LetterObject {
  reviveEvents(ids: readonly string[]): Promise<string[]>;
}

/** The Durable Objects with dead letters and with their list. */
export interface LetterObjects {
  /** Each attempt gets a new stub, since a stub that has thrown may throw on every later call. */
  readonly list: () => ListObject;
  readonly holder: (store: LetterStore, object: string) => LetterObject;
}

/** The most objects that one request calls, because a Worker's calls are limited. */
const mostObjects = 20;

/** The dead letters of all objects, for the operator. */
export class DeadLetters {
  readonly #objects: LetterObjects;
  readonly #watch: Watch;

  constructor(objects: LetterObjects, watch: Watch) {
    this.#objects = objects;
    this.#watch = watch;
  }

  /** Returns all dead letters, newest first. */
  list(): Promise<readonly ListedLetter[] | StoreUnavailable> {
    const call = async (): Promise<readonly ListedLetter[]> => this.#objects.list().deadLetters();
    return callObject(this.#watch, "send_budget", call, { idempotent: true });
  }

  /**
   * Sends dead letters again: those in `ids`, or all. At most 20 objects are called, so some letters may be
   * `left`.
   */
  async retry(
    ids: readonly string[] | undefined,
  ): Promise<{ readonly retried: number; readonly left: number } | StoreUnavailable> {
    const listed = await this.list();
    if ("kind" in listed) return listed;
    const asked = listed.filter(({ id }) => ids === undefined || ids.includes(id));
    const byObject = Map.groupBy(asked, ({ store, object }) => `${store} ${object}`);
    const groups = [...byObject.values()].slice(0, mostObjects);
    const outcomes = await Promise.all(groups.map((letters) => this.#revive(letters)));
    const done = outcomes.filter((outcome) => outcome !== undefined);
    if (groups.length > 0 && done.length === 0) return { kind: "store_unavailable" };
    const handled = done.flatMap(({ ids: of }) => of);
    const forgotten = await this.#forget(handled);
    if (forgotten !== undefined) return forgotten;
    const retried = done.reduce((sum, { revived }) => sum + revived, 0);
    return { retried, left: listed.length - handled.length };
  }

  /** Returns undefined if the object could not be called. Then its letters stay on the list. */
  async #revive(
    letters: readonly ListedLetter[],
  ): Promise<{ readonly ids: readonly string[]; readonly revived: number } | undefined> {
    const [first] = letters;
    if (first === undefined) return undefined;
    const { store, object } = first;
    const ids = letters.map(({ id }) => id);
    const call = async (): Promise<string[]> =>
      this.#objects.holder(store, object).reviveEvents(ids);
    const outcome = await callObject(this.#watch, store, call, { idempotent: true });
    return "kind" in outcome ? undefined : { ids, revived: outcome.length };
  }

  #forget(ids: readonly string[]): Promise<StoreUnavailable | undefined | void> {
    const call = async (): Promise<void> => this.#objects.list().forgetDeadLetters(ids);
    return callObject(this.#watch, "send_budget", call, { idempotent: true });
  }
}
