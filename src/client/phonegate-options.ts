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
  /** `"local"` and `"session"` are the page's storage; `"local"` lets the session outlive the page. @default in memory */
  readonly store?: TokenStore | "local" | "session";
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
  const { transport: kind = "store", store = memoryStore(), now = () => Date.now() } = options;
  const { timeoutMs = 20_000, fetch: ask = (url, init) => fetch(url, init) } = options;
  const transport: Transport = { baseUrl: readBaseUrl(options.baseUrl), fetch: ask, timeoutMs };
  if (kind !== "store" && kind !== "cookie")
    throw new TypeError('transport must be "store" or "cookie"');
  const locks = "locks" in options ? options.locks : pageLocks();
  if (typeof store === "string" && store !== "local" && store !== "session")
    throw new TypeError('store must be "local", "session" or an object');
  const tokens = typeof store === "string" ? pageStore(store) : store;
  return { transport, usesCookie: kind === "cookie", store: tokens, now, locks };
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
