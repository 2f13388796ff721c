import type { TokenStore } from "./token-store.ts";

/**
 * A store whose methods never fail. A value that the given store refuses is kept in memory, as long
 * as the page lives. `onFailure` is called with each error.
 * @default errors are ignored
 */
export class SteadyStore {
  readonly #store: TokenStore;
  readonly #onFailure: (error: unknown) => void;
  readonly #copies = new Map<string, string>();
  /** Keys whose copy in memory is newer than the value in the store. */
  readonly #refused = new Set<string>();

  constructor(store: TokenStore, onFailure: (error: unknown) => void = () => undefined) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  async getItem(key: string): Promise<string | null> {
    const copy = this.#copies.get(key) ?? null;
    if (this.#refused.has(key)) return copy;
    try {
      const value = await this.#store.getItem(key);
      if (value !== null) this.#copies.set(key, value);
      return value;
    } catch (error) {
      this.#onFailure(error);
      return copy;
    }
  }

  async setItem(key: string, value: string): Promise<void> {
    this.#copies.set(key, value);
    try {
      await this.#store.setItem(key, value);
      this.#refused.delete(key);
    } catch (error) {
      // The old value must not stay for the next page. Its refresh token may be used already, and
      // using it again ends the session.
      await this.#remove(key);
      this.#refused.add(key);
      this.#onFailure(error);
    }
  }

  async removeItem(key: string): Promise<void> {
    this.#copies.delete(key);
    await this.#remove(key);
  }

  async #remove(key: string): Promise<void> {
    try {
      await this.#store.removeItem(key);
      this.#refused.delete(key);
    } catch (error) {
      this.#refused.add(key);
      this.#onFailure(error);
    }
  }
}
