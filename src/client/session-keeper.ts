import { parse } from "./parse.ts";
import { PhonegateError } from "./phonegate-error.ts";
import type { SteadyStore } from "./steady-store.ts";
import type { ApprovedStepUp, SessionTokens } from "./wire.ts";

/** A session as it is kept. Times are milliseconds since the epoch, by this device's clock. */
export interface Session {
  readonly accessToken: string;
  readonly accessExpiresAt: number;
  /** Undefined where the cookie has it. */
  readonly refreshToken: string | undefined;
  readonly refreshExpiresAt: number;
  readonly sessionId: string;
  readonly subject: string;
}

/** `lost`: the Worker knows the session no more; `signed_out`: it was ended here. */
export type SessionChange = "opened" | "refreshed" | "raised" | "signed_out" | "lost";

export type SessionListener = (session: Session | undefined, change: SessionChange) => void;

/** What of the Web Locks API is used; `navigator.locks` has it. */
export interface Locks {
  request<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

/** An access token is renewed this long before its end, so that it does not end on its way. */
const marginMs = 10_000;

/** Holds the session, and lets one refresh at a time be under way, over all tabs where there are locks. */
export class SessionKeeper {
  readonly #store: SteadyStore;
  readonly #key: string;
  readonly #locks: Locks | undefined;
  readonly #onLocksFailure: (error: unknown) => void;
  readonly #now: () => number;
  readonly #fetchNext: (refreshToken: string | undefined) => Promise<SessionTokens>;
  readonly #listeners = new Set<SessionListener>();
  #underWay: Promise<Session> | undefined;

  constructor(options: {
    store: SteadyStore;
    key: string;
    locks: Locks | undefined;
    onLocksFailure: (error: unknown) => void;
    now: () => number;
    /** Asks the Worker; without a token the cookie goes along. */
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

  /** A step-up gives a stronger access token, and leaves the refresh token as it is. */
  async raise(tokens: ApprovedStepUp): Promise<Session> {
    const accessExpiresAt = this.#now() + tokens.expires_in * 1000;
    const { access_token: accessToken, session_id: sessionId, subject } = tokens;
    const held = (await this.load()) ?? { refreshToken: undefined, refreshExpiresAt: 0 };
    return this.#save({ ...held, accessToken, accessExpiresAt, sessionId, subject }, "raised");
  }

  async clear(change: "signed_out" | "lost"): Promise<void> {
    await this.#store.removeItem(this.#key);
    this.#tell(undefined, change);
  }

  refresh(): Promise<Session> {
    this.#underWay ??= this.#refreshOnce().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  /** When no refresh is under way that would bring a session back. */
  async settled(): Promise<void> {
    await this.#underWay?.catch(() => undefined);
  }

  async #refreshOnce(): Promise<Session> {
    const before = await this.load();
    const work = async (): Promise<Session> => {
      const held = await this.load();
      // While we waited for the lock, another tab has done it.
      if (held !== undefined && held.accessToken !== before?.accessToken && this.isFresh(held))
        return held;
      // Another tab may have ended it meanwhile, or opened another one.
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

  /** Fails open: without a lock two tabs may refresh at once, which the Worker allows for 10 s. */
  async #withLock<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#locks === undefined) return work();
    let underWay: Promise<Result> | undefined;
    try {
      return await this.#locks.request(this.#key, () => (underWay = work()));
    } catch (error) {
      // The work's own error, or the lock's: no lock was given, or it was taken away meanwhile.
      if (underWay === undefined) this.#onLocksFailure(error);
      return underWay ?? work();
    }
  }

  async #save(session: Session, change: SessionChange): Promise<Session> {
    await this.#store.setItem(this.#key, JSON.stringify(session));
    this.#tell(session, change);
    return session;
  }

  #tell(session: Session | undefined, change: SessionChange): void {
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
