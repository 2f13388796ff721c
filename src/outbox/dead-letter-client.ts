import { callObject, type StoreUnavailable, type Watch } from "../lib/store.ts";
import type { LetterStore, ListedLetter } from "./dead-letters.ts";

/** The object that keeps the list. */
interface Desk {
  deadLetters(): Promise<ListedLetter[]>;
  forgetDeadLetters(ids: readonly string[]): Promise<void>;
}

/** An object that may have dead letters. */
interface Holder {
  reviveEvents(ids: readonly string[]): Promise<string[]>;
}

/** The Durable Objects, as far as dead letters need them. */
export interface LetterObjects {
  /** Each try gets a new stub, because a stub that threw once may throw again. */
  readonly desk: () => Desk;
  readonly holder: (store: LetterStore, object: string) => Holder;
}

/** More objects are not asked by one request. A Worker may call only so many. */
const mostObjects = 20;

/** The dead letters of all objects, for the operator. */
export class DeadLetters {
  readonly #objects: LetterObjects;
  readonly #watch: Watch;

  constructor(objects: LetterObjects, watch: Watch) {
    this.#objects = objects;
    this.#watch = watch;
  }

  /** The newest first. */
  list(): Promise<readonly ListedLetter[] | StoreUnavailable> {
    const call = async (): Promise<readonly ListedLetter[]> => this.#objects.desk().deadLetters();
    return callObject(this.#watch, "send_budget", call, { idempotent: true });
  }

  /**
   * Sends dead letters once more: those that `ids` names, or all. At most 20 objects are asked, so
   * some may be `left`.
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

  /** Undefined where the object could not be asked: its letters stay on the list. */
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
    const call = async (): Promise<void> => this.#objects.desk().forgetDeadLetters(ids);
    return callObject(this.#watch, "send_budget", call, { idempotent: true });
  }
}
