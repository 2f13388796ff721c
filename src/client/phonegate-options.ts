import { refuseUnknownOptions } from "./known-options.ts";
import type { Fetch, Transport } from "./request.ts";
import type { Locks } from "./session-keeper.ts";
import { memoryStore, pageStore, type TokenStore } from "./token-store.ts";

export interface PhonegateOptions {
  /** The Worker's origin, such as `https://id.example.com`. */
  readonly baseUrl: string;
  /**
   * Where the refresh token lives: in `store`, or in a cookie that no script can read. The cookie is
   * for pages of the Worker's own site. @default "store"
   */
  readonly transport?: "store" | "cookie";
  /**
   * Where the session is kept. `"local"` and `"session"` are the page's storage; `"local"` lets the
   * session outlive the page. Device tokens are kept in an object that is given, else in the page's
   * `localStorage`. With `"none"` nothing is kept but the session in memory. @default in memory
   */
  readonly store?: TokenStore | "local" | "session" | "none";
  /** How long an answer may take. A send waits for Twilio. @default 20_000 */
  readonly timeoutMs?: number;
  /** @default the global one */
  readonly fetch?: Fetch;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** Lets one tab at a time refresh. @default navigator.locks, where there is one */
  readonly locks?: Locks | undefined;
}

const optionNames = ["baseUrl", "transport", "store", "timeoutMs", "fetch", "now", "locks"];

/** The options with their defaults. Throws a `TypeError` that names the option that is wrong or unknown. */
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

/** Where the session and the device tokens are kept; both in one store, where one is given. */
function storesOf(store: PhonegateOptions["store"]): {
  readonly session: TokenStore;
  readonly devices: TokenStore | undefined;
} {
  if (typeof store === "object") return { session: store, devices: store };
  if (store === "none") return { session: memoryStore(), devices: undefined };
  if (store !== undefined && store !== "local" && store !== "session")
    throw new TypeError('store must be "local", "session", "none" or an object');
  const session = store === undefined ? memoryStore() : pageStore(store);
  // Elsewhere than in a page there is no storage: a device is known as long as the client lives.
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
