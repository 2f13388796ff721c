import { refuseUnknownOptions } from "./known-options.ts";
import type { Fetch, Transport } from "./request.ts";
import type { Locks } from "./session-keeper.ts";
import { memoryStore, pageStore, type TokenStore } from "./token-store.ts";

export interface PhonegateOptions {
  /** The Worker's origin, such as `https://id.example.com`. */
  readonly baseUrl: string;
  /**
   * Where the refresh token is kept: in `store`, or in an HttpOnly cookie. The cookie works only
   * for pages on the Worker's own site.
   * @default "store"
   */
  readonly transport?: "store" | "cookie";
  /**
   * Where the session is kept. `"local"` and `"session"` are the page's `localStorage` and
   * `sessionStorage`. With `"local"` the session outlives the page. With `"none"` the session is
   * kept in memory and device tokens are not kept. Device tokens go into the given object,
   * otherwise into the page's `localStorage`.
   * @default in memory
   */
  readonly store?: TokenStore | "local" | "session" | "none";
  /** Milliseconds to wait for an answer. A start waits for Twilio. @default 20_000 */
  readonly timeoutMs?: number;
  /** @default the global `fetch` */
  readonly fetch?: Fetch;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** Allows only one tab at a time to refresh. @default `navigator.locks`, if it exists */
  readonly locks?: Locks | undefined;
}

const optionNames = ["baseUrl", "transport", "store", "timeoutMs", "fetch", "now", "locks"];

/**
 * Returns the options with their defaults. Throws a `TypeError` that names the option that is wrong
 * or unknown.
 */
export function readOptions(options: PhonegateOptions) {
  refuseUnknownOptions("createPhonegate", options, optionNames);
  const { transport: kind = "store", store, now = () => Date.now() } = options;
  const { timeoutMs = 20_000, fetch: ask = (url, init) => fetch(url, init) } = options;
  const transport: Transport = { baseUrl: readBaseUrl(options.baseUrl), fetch: ask, timeoutMs };
  if (kind !== "store" && kind !== "cookie")
    throw new TypeError('transport must be "store" or "cookie"');
  const locks = "locks" in options ? options.locks : pageLocks();
  return { transport, usesCookie: kind === "cookie", stores: storesOf(store), now, locks };
}

/**
 * Returns the stores for the session and for the device tokens. A store that the caller gives keeps
 * both.
 */
function storesOf(store: PhonegateOptions["store"]): {
  readonly session: TokenStore;
  readonly devices: TokenStore | undefined;
} {
  if (typeof store === "object") return { session: store, devices: store };
  if (store === "none") return { session: memoryStore(), devices: undefined };
  if (store !== undefined && store !== "local" && store !== "session")
    throw new TypeError('store must be "local", "session", "none" or an object');
  const session = store === undefined ? memoryStore() : pageStore(store);
  // Outside a page there is no storage, so the device tokens live as long as the client.
  if (store === "local" || !("document" in globalThis)) return { session, devices: session };
  return { session, devices: pageStore("local") };
}

function readBaseUrl(text: string): string {
  if (!/^https?:\/\/[^/?#]+\/?$/.test(text))
    throw new TypeError("baseUrl must be the Worker's origin, such as https://id.example.com");
  return new URL(text).origin;
}

function pageLocks(): Locks | undefined {
  const page: object = typeof navigator === "undefined" ? {} : navigator;
  const { locks }: { readonly locks?: Locks } = page;
  return locks;
}
