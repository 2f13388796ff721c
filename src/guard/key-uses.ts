import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";
import { callObject, type StoreUnavailable } from "../lib/store.ts";
import type { Runtime } from "../runtime.ts";
import type { SendBudgetObject } from "./budget-object.ts";
import { utcDayOf, type UseOutcome } from "./daily-uses.ts";

/**
 * What the keys of one client use up in a UTC day, exact. It has an object of its own, so it is counted
 * apart from the world's sends. A failure is the value `store_unavailable`: the caller fails closed.
 */
export class KeyUses {
  readonly #namespace: DurableObjectNamespace<SendBudgetObject>;
  readonly #subjectKey: Uint8Array<ArrayBuffer>;
  readonly #runtime: Runtime;

  constructor(
    namespace: DurableObjectNamespace<SendBudgetObject>,
    subjectKey: Uint8Array<ArrayBuffer>,
    runtime: Runtime,
  ) {
    this.#namespace = namespace;
    this.#subjectKey = subjectKey;
    this.#runtime = runtime;
  }

  /** Takes one use. Not retried: a use that is counted twice would be given back once. */
  async take(clientId: string, most: number): Promise<UseOutcome | StoreUnavailable> {
    const name = await this.#nameOf(clientId);
    const call = async (): Promise<UseOutcome> => this.#namespace.getByName(name).takeUse(most);
    return callObject(this.#runtime, "key_uses", call);
  }

  /** Gives back a use of today. A lost call leaves it counted. */
  async giveBack(clientId: string): Promise<void> {
    const name = await this.#nameOf(clientId);
    const day = utcDayOf(this.#runtime.now());
    const call = async (): Promise<void> => this.#namespace.getByName(name).giveBackUse(day);
    await callObject(this.#runtime, "key_uses", call);
  }

  async #nameOf(clientId: string): Promise<string> {
    return `key:${encodeBase64Url(await hmac(this.#subjectKey, "key-uses", clientId))}`;
  }
}
