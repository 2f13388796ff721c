/**
 * Where a client keeps its tokens. `localStorage` and `sessionStorage` are such stores, and so is
 * anything asynchronous, such as a native app's key chain.
 */
export interface TokenStore {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** In memory: gone with the page, and out of reach for whatever reads the disk. */
export function memoryStore(): TokenStore {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

/** The page's `localStorage` or `sessionStorage`. Where it is denied, each of its methods throws. */
export function pageStore(kind: "local" | "session"): TokenStore {
  // Reading the property throws where storage is denied, so it is read in each call.
  const storage = (): TokenStore => (kind === "local" ? localStorage : sessionStorage);
  return {
    getItem: (key) => storage().getItem(key),
    setItem: (key, value) => storage().setItem(key, value),
    removeItem: (key) => storage().removeItem(key),
  };
}
