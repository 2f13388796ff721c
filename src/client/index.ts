import { refuseUnknownOptions } from "./known-options.ts";
import { KnownNumbers } from "./known-numbers.ts";
import { PhonegateError } from "./phonegate-error.ts";
import { randomKey } from "./random-key.ts";
import { request, type ApiRequest, type Fetch, type Transport } from "./request.ts";
import { SessionKeeper, type Locks, type Session, type SessionListener } from "./session-keeper.ts";
import { memoryStore, type TokenStore } from "./token-store.ts";
import type {
  ApprovedProof,
  ApprovedStepUp,
  ApprovedVerification,
  Channel,
  CurrentSession,
  FrontendConfig,
  SessionTokens,
  SessionView,
  StartedVerification,
  VerificationView,
} from "./wire.ts";

export { PhonegateError } from "./phonegate-error.ts";
export type { ClientErrorCode, PhonegateErrorCode } from "./phonegate-error.ts";
export { memoryStore } from "./token-store.ts";
export type { TokenStore } from "./token-store.ts";
export type { Fetch, FetchInit } from "./request.ts";
export type { Locks, Session, SessionChange, SessionListener } from "./session-keeper.ts";
export type * from "./wire.ts";

export interface PhonegateOptions {
  /** The Worker's origin, such as `https://id.example.com`. */
  readonly baseUrl: string;
  /**
   * Where the refresh token lives: in `store`, or in a cookie that no script can read. The cookie is
   * for pages of the Worker's own site. @default "store"
   */
  readonly transport?: "store" | "cookie";
  /** `localStorage` lets the session outlive the page. @default in memory */
  readonly store?: TokenStore;
  /** How long an answer may take. A send waits for Twilio. @default 20_000 */
  readonly timeoutMs?: number;
  /** @default the global one */
  readonly fetch?: Fetch;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** Lets one tab at a time refresh. @default navigator.locks, where there is one */
  readonly locks?: Locks | undefined;
}

export interface StartInput {
  /** In any spelling; national ones need `country`. */
  readonly to: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string | undefined;
  readonly channel?: Channel | undefined;
  /** BCP 47: the language of the message. */
  readonly locale?: string | undefined;
  readonly captcha_token?: string | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface StartOptions extends CallOptions {
  /** Repeat it, with the same input, after `unreachable` or `timeout`: nothing is sent twice. */
  readonly idempotencyKey?: string | undefined;
}

/** A frontend's Phonegate. All methods reject with a `PhonegateError`, or with `signal`'s reason. */
export interface Phonegate {
  /** What a sign-in screen needs to know: countries, channels, length of the code. */
  config(options?: CallOptions): Promise<FrontendConfig>;
  /** Sends a code. Whoever signed in here before is recognised by the device token that was kept. */
  start(input: StartInput, options?: StartOptions): Promise<StartedVerification>;
  /** Opens the session, and keeps it. */
  check(id: string, code: string, options?: CallOptions): Promise<Session>;
  /** The same code again, by another channel if you name one. */
  resend(
    id: string,
    input?: { readonly channel?: Channel },
    options?: CallOptions,
  ): Promise<StartedVerification>;
  read(id: string, options?: CallOptions): Promise<VerificationView>;
  cancel(id: string, options?: CallOptions): Promise<void>;
  /** Sends a code to the session's own number. */
  startStepUp(
    input?: { readonly channel?: Channel | undefined; readonly locale?: string | undefined },
    options?: StartOptions,
  ): Promise<StartedVerification>;
  /** The same session with a fresher, and perhaps stronger, access token. */
  checkStepUp(id: string, code: string, options?: CallOptions): Promise<Session>;
  /** For a verification that your backend has started: the proof is for your backend. */
  checkProof(id: string, code: string, options?: CallOptions): Promise<ApprovedProof>;

  /** The session that is kept, without asking anybody. */
  session(): Promise<Session | undefined>;
  /** An access token that is good for a while, refreshed first where it must be. */
  accessToken(): Promise<string>;
  /** One at a time, over all tabs; a session that has ended is forgotten (`invalid_token`). */
  refresh(): Promise<Session>;
  /** Tells of every new, refreshed and ended (`undefined`) session, and why; returns how to stop. */
  onSession(listener: SessionListener): () => void;
  /** As the store knows it at this moment. */
  currentSession(options?: CallOptions): Promise<CurrentSession>;
  sessions(options?: CallOptions): Promise<readonly SessionView[]>;
  /**
   * Ends this session. It is forgotten here in any case; where this rejects, the Worker may not know
   * and the refresh token is good until it expires.
   */
  signOut(options?: CallOptions): Promise<void>;
  /** Ends one of `sessions()`. */
  signOutSession(sessionId: string, options?: CallOptions): Promise<void>;
  /** Ends them all, and forgets the devices. */
  signOutEverywhere(options?: CallOptions): Promise<void>;
}

const optionNames = ["baseUrl", "transport", "store", "timeoutMs", "fetch", "now", "locks"];

/** Throws a `TypeError` that names the option that is wrong or unknown. */
export function createPhonegate(options: PhonegateOptions): Phonegate {
  refuseUnknownOptions("createPhonegate", options, optionNames);
  const { transport: kind = "store", store = memoryStore(), now = () => Date.now() } = options;
  const { timeoutMs = 20_000, fetch: ask = (url, init) => fetch(url, init) } = options;
  const baseUrl = readBaseUrl(options.baseUrl);
  if (kind !== "store" && kind !== "cookie")
    throw new TypeError('transport must be "store" or "cookie"');
  const usesCookie = kind === "cookie";
  const transport: Transport = { baseUrl, fetch: ask, timeoutMs };
  const numbers = new KnownNumbers(store, `phonegate:${baseUrl}:numbers`);
  /** The numbers of verifications that are under way, for their device tokens. */
  const startedTo = new Map<string, string>();
  const keeper = new SessionKeeper({
    store,
    key: `phonegate:${baseUrl}:session`,
    locks: "locks" in options ? options.locks : pageLocks(),
    now,
    async fetchNext(refreshToken) {
      if (refreshToken === undefined && !usesCookie) throw new PhonegateError("no_session", 0);
      return call<SessionTokens>({
        method: "POST",
        path: "/v1/sessions/refresh",
        withCookie: refreshToken === undefined,
        ...(refreshToken !== undefined && { body: { refresh_token: refreshToken } }),
      });
    },
  });

  // What the Worker answers is what its contract says; the tests hold it to that.
  const call = <Answer>(asked: ApiRequest) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- validating would take valibot along
    request(transport, asked) as Promise<Answer>;
  const authorized = async <Answer>(asked: ApiRequest): Promise<Answer> => {
    const send = async (token: string) =>
      call<Answer>({ ...asked, headers: { ...asked.headers, Authorization: `Bearer ${token}` } });
    try {
      return await send(await accessToken());
    } catch (error) {
      if (!hasCode(error, "invalid_token")) throw error;
      // Either the token is only too old for the Worker's clock, or the refresh learns that it is over.
      return send((await keeper.refresh()).accessToken);
    }
  };
  const accessToken = async (): Promise<string> => {
    const held = await keeper.load();
    if (held === undefined && !usesCookie) throw new PhonegateError("no_session", 0);
    return (held !== undefined && keeper.isFresh(held) ? held : await keeper.refresh()).accessToken;
  };
  const verificationPath = (id: string, rest = "") =>
    `/v1/verifications/${encodeURIComponent(id)}${rest}`;
  const checkRequest = (
    id: string,
    code: string,
    signal: AbortSignal | undefined,
    cookie = false,
  ) =>
    ({
      method: "POST",
      path: verificationPath(id, "/check"),
      body: { code, ...(cookie && { transport: "cookie" }) },
      withCookie: cookie,
      signal,
    }) as const;
  const startWith = async (
    body: object,
    { signal, idempotencyKey = randomKey() }: StartOptions,
    send: typeof call,
  ): Promise<StartedVerification> =>
    send<StartedVerification>({
      method: "POST",
      path: "/v1/verifications",
      body,
      headers: { "Idempotency-Key": idempotencyKey },
      signal,
    });
  /** `send` ends something on the Worker; here it is forgotten in any case. */
  const end = async (send: () => Promise<unknown>): Promise<void> => {
    try {
      await keeper.settled();
      await send();
    } catch (error) {
      // What has ended already needs no ending.
      if (!hasCode(error, "invalid_token", "no_session")) throw error;
    } finally {
      await keeper.clear("signed_out");
    }
  };

  return {
    config: ({ signal } = {}) =>
      call<FrontendConfig>({ method: "GET", path: "/v1/config", signal }),

    async start(input, more = {}) {
      const device_token = await numbers.tokenFor(input.to);
      const body = { ...input, ...(device_token !== undefined && { device_token }) };
      const started = await startWith(body, more, call);
      startedTo.set(started.id, started.to);
      return started;
    },

    async check(id, code, { signal } = {}) {
      const tokens = await call<ApprovedVerification>(checkRequest(id, code, signal, usesCookie));
      const to = startedTo.get(id);
      startedTo.delete(id);
      if (to !== undefined) await numbers.keep(to, tokens.device_token);
      return keeper.open(tokens);
    },

    resend: (id, input = {}, { signal } = {}) =>
      call<StartedVerification>({
        method: "POST",
        path: verificationPath(id, "/resend"),
        body: input,
        signal,
      }),

    read: (id, { signal } = {}) =>
      call<VerificationView>({ method: "GET", path: verificationPath(id), signal }),

    cancel: (id, { signal } = {}) =>
      call<undefined>({ method: "DELETE", path: verificationPath(id), signal }),

    startStepUp: (input = {}, more = {}) =>
      startWith({ ...input, purpose: "step_up" }, more, authorized),

    async checkStepUp(id, code, { signal } = {}) {
      return keeper.raise(await authorized<ApprovedStepUp>(checkRequest(id, code, signal)));
    },

    checkProof: (id, code, { signal } = {}) => call<ApprovedProof>(checkRequest(id, code, signal)),

    session: () => keeper.load(),
    accessToken,
    refresh: () => keeper.refresh(),
    onSession: (listener) => keeper.listen(listener),

    currentSession: ({ signal } = {}) =>
      authorized<CurrentSession>({ method: "GET", path: "/v1/sessions/current", signal }),

    async sessions({ signal } = {}) {
      const list = { method: "GET", path: "/v1/sessions", signal } as const;
      return (await authorized<{ readonly sessions: readonly SessionView[] }>(list)).sessions;
    },

    signOut: ({ signal } = {}) =>
      end(() =>
        authorized({
          method: "DELETE",
          path: "/v1/sessions/current",
          withCookie: usesCookie,
          signal,
        }),
      ),

    async signOutSession(sessionId, { signal } = {}) {
      const own = (await keeper.load())?.sessionId === sessionId;
      await authorized({
        method: "DELETE",
        path: `/v1/sessions/${encodeURIComponent(sessionId)}`,
        withCookie: usesCookie && own,
        signal,
      });
      if (own) await keeper.clear("signed_out");
    },

    async signOutEverywhere({ signal } = {}) {
      await end(() =>
        authorized({
          method: "DELETE",
          path: "/v1/sessions",
          withCookie: usesCookie,
          signal,
        }),
      );
      await numbers.forget();
    },
  };
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

const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof PhonegateError && codes.includes(error.code);
