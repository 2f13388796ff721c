import { parse } from "./parse.ts";
import { PhonegateError } from "./phonegate-error.ts";
import type { SteadyStore } from "./steady-store.ts";
import type { ApprovedStepUp, SessionTokens } from "./wire.ts";

/** A kept session. Times are milliseconds since the epoch by this device's clock. */
export interface Session {
  readonly accessToken: string;
  readonly accessExpiresAt: number;
  /** Undefined if the refresh token is in the cookie. */
  readonly refreshToken: string | undefined;
  readonly refreshExpiresAt: number;
  readonly sessionId: string;
  readonly subject: string;
}

/** `lost`: the Worker reports that the session has ended. `signed_out`: this client ended it. */
export type SessionChange = "opened" | "refreshed" | "raised" | "signed_out" | "lost";

export type SessionListener = (session: Session | undefined, change: SessionChange) => void;

/** The part of the Web Locks API that is used. `navigator.locks` implements it. */
export interface Locks {
  request<Result>(
    name: string,
    options: { readonly ifAvailable?: boolean },
    work: (lock: unknown) => Promise<Result>,
  ): Promise<Result>;
}

/**
 * An access token is refreshed this long before it expires, so that it does not expire in flight.
 */
const marginMs = 10_000;

/**
 * A browser hands over a lock before other processes see what its holder wrote to `localStorage`. So
 * a tab that had to wait for the lock looks this often, 20 ms apart, for the write to arrive.
 */
const looksForWrite = 25;

/** Keeps the session. Only one refresh is in flight at a time, over all tabs if there are locks. */
export class SessionKeeper {
  readonly #store: SteadyStore;
  readonly #key: string;
  readonly #locks: Locks | undefined;
  readonly #onLocksFailure: (error: unknown) => void;
  readonly #now: () => number;
  readonly #fetchNext: (refreshToken: string | undefined) => Promise<SessionTokens>;
  readonly #listeners = new Set<SessionListener>();
  #refreshInFlight: Promise<Session> | undefined;

  constructor(options: {
    store: SteadyStore;
    key: string;
    locks: Locks | undefined;
    onLocksFailure: (error: unknown) => void;
    now: () => number;
    /** Sends the refresh request. Without a token it sends the cookie. */
    fetchNext: (refreshToken: string | undefined) => Promise<SessionTokens>;
  }) {
    this.#store = options.store;
    this.#key = options.key;
    this.#locks = options.locks;
    this.#onLocksFailure = options.onLocksFailure;
    this.#now = options.now;
    this.#fetchNext = options.fetchNext;
  }

  listen(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async load(): Promise<Session | undefined> {
    const session = parse((await this.#store.getItem(this.#key)) ?? "");
    return isSession(session) ? session : undefined;
  }

  isFresh(session: Session): boolean {
    return session.accessExpiresAt - marginMs > this.#now();
  }

  async open(tokens: SessionTokens, change: SessionChange = "opened"): Promise<Session> {
    const now = this.#now();
    const session = {
      accessToken: tokens.access_token,
      accessExpiresAt: now + tokens.expires_in * 1000,
      refreshToken: tokens.refresh_token,
      refreshExpiresAt: now + tokens.refresh_expires_in * 1000,
      sessionId: tokens.session_id,
      subject: tokens.subject,
    };
    return this.#save(session, change);
  }

  /** Saves the access token of a step-up. The refresh token stays the same. */
  async raise(tokens: ApprovedStepUp): Promise<Session> {
    const accessExpiresAt = this.#now() + tokens.expires_in * 1000;
    const { access_token: accessToken, session_id: sessionId, subject } = tokens;
    const held = (await this.load()) ?? { refreshToken: undefined, refreshExpiresAt: 0 };
    return this.#save({ ...held, accessToken, accessExpiresAt, sessionId, subject }, "raised");
  }

  async clear(change: "signed_out" | "lost"): Promise<void> {
    await this.#store.removeItem(this.#key);
    this.#notify(undefined, change);
  }

  refresh(): Promise<Session> {
    this.#refreshInFlight ??= this.#refreshOnce().finally(() => {
      this.#refreshInFlight = undefined;
    });
    return this.#refreshInFlight;
  }

  /**
   * Resolves when no refresh is in flight: a refresh that ended later would save the session again.
   */
  async settled(): Promise<void> {
    await this.#refreshInFlight?.catch(() => undefined);
  }

  async #refreshOnce(): Promise<Session> {
    const before = await this.load();
    const work = async (hadToWait: boolean): Promise<Session> => {
      const held = hadToWait ? await this.#loadAfter(before) : await this.load();
      // Another tab refreshed the session while this tab waited for the lock.
      if (held !== undefined && held.accessToken !== before?.accessToken && this.isFresh(held))
        return held;
      // During the request another tab may have ended the session or opened a new one.
      const isStillHeld = async () => (await this.load())?.sessionId === held?.sessionId;
      try {
        const next = await this.#fetchNext(held?.refreshToken);
        if (await isStillHeld()) return await this.open(next, "refreshed");
      } catch (error) {
        if (error instanceof PhonegateError && error.code === "invalid_token")
          if (await isStillHeld()) await this.clear("lost");
        throw error;
      }
      throw new PhonegateError("no_session", 0);
    };
    return this.#withLock(work);
  }

  /** The stored session: as soon as it differs from `before`, and after 500 ms in any case. */
  async #loadAfter(before: Session | undefined): Promise<Session | undefined> {
    let held = await this.load();
    for (let i = 0; i < looksForWrite && held?.accessToken === before?.accessToken; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      held = await this.load();
    }
    return held;
  }

  /**
   * Fails open: without a lock two tabs may refresh at once. The Worker accepts the old refresh
   * token for 10 s more.
   */
  async #withLock<Result>(work: (hadToWait: boolean) => Promise<Result>): Promise<Result> {
    const locks = this.#locks;
    if (locks === undefined) return work(false);
    let startedWork: Promise<Result> | undefined;
    try {
      return await locks.request(this.#key, { ifAvailable: true }, (lock) =>
        lock === null
          ? locks.request(this.#key, {}, () => (startedWork = work(true)))
          : (startedWork = work(false)),
      );
    } catch (error) {
      // Either the work failed, or the lock was refused or stolen. Without a lock the work still
      // runs.
      if (startedWork === undefined) this.#onLocksFailure(error);
      return startedWork ?? work(false);
    }
  }

  async #save(session: Session, change: SessionChange): Promise<Session> {
    await this.#store.setItem(this.#key, JSON.stringify(session));
    this.#notify(session, change);
    return session;
  }

  #notify(session: Session | undefined, change: SessionChange): void {
    for (const listener of this.#listeners) listener(session, change);
  }
}

function isSession(value: unknown): value is Session {
  return (
    typeof value === "object" &&
    value !== null &&
    "accessToken" in value &&
    typeof value.accessToken === "string" &&
    "accessExpiresAt" in value &&
    typeof value.accessExpiresAt === "number"
  );
}
