import { parse } from "./parse.ts";
import { PhonegateError } from "./phonegate-error.ts";

/** The second argument of `fetch`. */
export interface FetchInit {
  readonly method: "GET" | "POST" | "DELETE";
  readonly headers: Record<string, string>;
  readonly credentials: "include" | "omit";
  readonly signal: AbortSignal;
  readonly body?: string;
}

export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

export interface Transport {
  /** An origin without a trailing slash. */
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
}

export interface ApiRequest {
  readonly method: FetchInit["method"];
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Whether to send the refresh cookie. */
  readonly withCookie?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends one request and returns the JSON of its answer; `undefined` for a 204. Rejects with a
 * `PhonegateError`, or with the signal's reason if the caller aborts.
 */
export async function request(transport: Transport, asked: ApiRequest): Promise<unknown> {
  asked.signal?.throwIfAborted();
  // AbortSignal.any is missing in older browsers that are still in use.
  const ending = new AbortController();
  const abort = (): void => ending.abort();
  asked.signal?.addEventListener("abort", abort);
  const timer = setTimeout(abort, transport.timeoutMs);
  try {
    const response = await transport.fetch(transport.baseUrl + asked.path, {
      method: asked.method,
      headers: headersOf(asked),
      credentials: asked.withCookie === true ? "include" : "omit",
      signal: ending.signal,
      ...(asked.body && { body: JSON.stringify(asked.body) }),
    });
    return read(response, await response.text());
  } catch (error) {
    if (error instanceof PhonegateError) throw error;
    asked.signal?.throwIfAborted();
    if (ending.signal.aborted) throw new PhonegateError("timeout", 0);
    if (isOffline()) throw new PhonegateError("offline", 0);
    adviseOnOrigin(transport.baseUrl);
    throw new PhonegateError("unreachable", 0);
  } finally {
    clearTimeout(timer);
    asked.signal?.removeEventListener("abort", abort);
  }
}

function headersOf({ body, headers = {} }: ApiRequest): Record<string, string> {
  const all = { ...headers, "Content-Type": body && "application/json" };
  const named = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(named);
}

function read(response: Response, text: string): unknown {
  if (response.status === 204) return undefined;
  const body = parse(text);
  if (typeof body !== "object" || body === null)
    throw new PhonegateError("bad_answer", response.status);
  if (response.ok) return body;
  const code = "code" in body && typeof body.code === "string" ? body.code : "bad_answer";
  const wait = Number(response.headers.get("Retry-After") ?? NaN);
  throw new PhonegateError(
    code,
    response.status,
    { ...body },
    Number.isNaN(wait) ? undefined : wait,
  );
}

/** `navigator.onLine` exists in browsers only. Elsewhere the device counts as online. */
const isOffline = (): boolean =>
  "navigator" in globalThis && "onLine" in navigator && navigator.onLine === false;

/**
 * A page of another origin cannot tell an unlisted origin from a Worker that is down, so the
 * console names both causes.
 */
function adviseOnOrigin(baseUrl: string): void {
  const page: object = globalThis;
  const { location }: { readonly location?: { readonly origin: string } } = page;
  if (location === undefined || location.origin === baseUrl) return;
  // oxlint-disable-next-line no-console -- it is for the developer, who reads the console
  console.warn(
    `Phonegate: no answer of ${baseUrl} could be read. If it is running, its ALLOWED_ORIGINS must list ${location.origin}.`,
  );
}
