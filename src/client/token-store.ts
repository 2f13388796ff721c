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
