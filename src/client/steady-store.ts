import type { TokenStore } from "./token-store.ts";

/**
 * A store that never fails. What the store behind it refuses to keep is kept in memory, and lives as
 * long as the page. `onFailure` is called with every refusal. @default nothing is told
 */
export class SteadyStore {
  readonly #store: TokenStore;
  readonly #onFailure: (error: unknown) => void;
  readonly #copies = new Map<string, string>();
  /** The keys whose copy is newer than what the store has. */
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
      // The old value must not stay for the next page: its refresh token may be spent, and a spent
      // one ends the session.
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
