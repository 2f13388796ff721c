/**
 * A store for a client's tokens. `localStorage`, `sessionStorage` and asynchronous stores fit, such
 * as a native app's key chain.
 */
export interface TokenStore {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** Returns a store in memory. Its content ends with the page and is never written to disk. */
export function memoryStore(): TokenStore {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

/**
 * Returns the page's `localStorage` or `sessionStorage` as a store. Each method throws if the
 * browser denies storage.
 */
export function pageStore(kind: "local" | "session"): TokenStore {
  // If storage is denied, reading the property throws. So each call reads it, and not the
  // constructor.
  const storage = (): TokenStore => (kind === "local" ? localStorage : sessionStorage);
  return {
    getItem: (key) => storage().getItem(key),
    setItem: (key, value) => storage().setItem(key, value),
    removeItem: (key) => storage().removeItem(key),
  };
}
