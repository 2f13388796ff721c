import { parse } from "./parse.ts";
import type { SteadyStore } from "./steady-store.ts";

/**
 * The Worker accepts at most this many in a start. The token that was renewed longest ago is
 * dropped first.
 */
const maxTokens = 3;

/**
 * This device's tokens, newest first. The store does not say whose they are: the Worker finds the
 * token that fits the number. Without a store no token is kept.
 */
export class DeviceTokens {
  readonly #store: SteadyStore | undefined;
  readonly #key: string;

  constructor(store: SteadyStore | undefined, key: string) {
    this.#store = store;
    this.#key = key;
  }

  /** The fields of a start that carry this device's tokens. */
  async fields(): Promise<{ readonly device_tokens?: readonly string[] }> {
    const all = await this.#all();
    return all.length > 0 ? { device_tokens: all } : {};
  }

  async keep(token: string): Promise<void> {
    const others = (await this.#all()).filter((known) => deviceOf(known) !== deviceOf(token));
    const all = [token, ...others].slice(0, maxTokens);
    await this.#store?.setItem(this.#key, JSON.stringify(all));
  }

  async forget(): Promise<void> {
    await this.#store?.removeItem(this.#key);
  }

  async #all(): Promise<string[]> {
    const all = parse((await this.#store?.getItem(this.#key)) ?? "[]");
    if (!Array.isArray(all)) return [];
    return all.filter(isDeviceToken).slice(0, maxTokens);
  }
}

/**
 * Another script may have changed the store. The Worker would refuse a start with a malformed
 * token.
 */
const isDeviceToken = (item: unknown): item is string =>
  typeof item === "string" && /^dev_[\w.-]{1,300}$/.test(item);

/** The part before the dot is the same in all tokens of one device and number. */
const deviceOf = (token: string): string | undefined => token.split(".")[0];
