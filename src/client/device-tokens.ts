import { parse } from "./parse.ts";
import type { SteadyStore } from "./steady-store.ts";

/** The Worker takes no more with a start. The one that was renewed least recently goes first. */
const mostTokens = 3;

/**
 * The device tokens of this device, the newest first, and nothing that tells whose they are: the
 * Worker finds out which one fits the number. Without a store nothing is kept.
 */
export class DeviceTokens {
  readonly #store: SteadyStore | undefined;
  readonly #key: string;

  constructor(store: SteadyStore | undefined, key: string) {
    this.#store = store;
    this.#key = key;
  }

  /** What a start says of this device. */
  async fields(): Promise<{ readonly device_tokens?: readonly string[] }> {
    const all = await this.#all();
    return all.length > 0 ? { device_tokens: all } : {};
  }

  async keep(token: string): Promise<void> {
    const others = (await this.#all()).filter((known) => deviceOf(known) !== deviceOf(token));
    const all = [token, ...others].slice(0, mostTokens);
    await this.#store?.setItem(this.#key, JSON.stringify(all));
  }

  async forget(): Promise<void> {
    await this.#store?.removeItem(this.#key);
  }

  async #all(): Promise<string[]> {
    const all = parse((await this.#store?.getItem(this.#key)) ?? "[]");
    if (!Array.isArray(all)) return [];
    return all.filter(isDeviceToken).slice(0, mostTokens);
  }
}

/** Another script may have written there what the Worker would refuse the whole start for. */
const isDeviceToken = (item: unknown): item is string =>
  typeof item === "string" && /^dev_[\w.-]{1,300}$/.test(item);

/** All tokens of one device and number are the same before the dot. */
const deviceOf = (token: string): string | undefined => token.split(".")[0];
