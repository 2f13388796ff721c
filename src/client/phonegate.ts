import type { Session, SessionListener } from "./session-keeper.ts";
import type { ErrorListener } from "./storage-failure.ts";
import type {
  ApprovedProof,
  Channel,
  CurrentSession,
  FrontendConfig,
  SessionView,
  StartedVerification,
  VerificationView,
} from "./wire.ts";

export interface StartInput {
  /** A phone number in any spelling. A number without its calling code needs `country`. */
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
  /**
   * Send the same key and the same input again after `unreachable` or `timeout`: then no second
   * code is sent.
   */
  readonly idempotencyKey?: string | undefined;
}

/**
 * The client of a frontend. All methods reject with a `PhonegateError`, or with the reason of
 * `signal`.
 */
export interface Phonegate {
  /** Returns what a sign-in screen needs: countries, channels and the length of the code. */
  config(options?: CallOptions): Promise<FrontendConfig>;
  /**
   * Sends a code. The request carries this device's tokens, so that strangers' attempts cannot lock
   * its user out.
   */
  start(input: StartInput, options?: StartOptions): Promise<StartedVerification>;
  /** Checks the code, then opens the session and keeps it. */
  check(id: string, code: string, options?: CallOptions): Promise<Session>;
  /** Sends the same code again, through `channel` if it is given. */
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
  /**
   * Checks the code of a step-up. Returns the same session with a new access token and a new
   * `auth_time`.
   */
  checkStepUp(id: string, code: string, options?: CallOptions): Promise<Session>;
  /**
   * Checks the code of a verification that your backend started. Pass the proof on to your backend.
   */
  checkProof(id: string, code: string, options?: CallOptions): Promise<ApprovedProof>;

  /** Returns the kept session without a request. */
  session(): Promise<Session | undefined>;
  /**
   * Returns an access token that is valid for at least 10 seconds, after a refresh if one is
   * needed.
   */
  accessToken(): Promise<string>;
  /**
   * Refreshes the session. Only one refresh at a time is in flight over all tabs. An ended session
   * is deleted (`invalid_token`).
   */
  refresh(): Promise<Session>;
  /**
   * Calls `listener` when a session opens, is refreshed or ends (`undefined`), with the reason.
   * Returns a function that stops it.
   */
  onSession(listener: SessionListener): () => void;
  /**
   * Calls `listener` once, with `storage_unavailable`, if the page's storage or locks fail. The
   * client then keeps the session in memory, so it ends with the page. Returns a function that
   * stops it.
   */
  onError(listener: ErrorListener): () => void;
  /** Asks the Worker for the session's present state. */
  currentSession(options?: CallOptions): Promise<CurrentSession>;
  sessions(options?: CallOptions): Promise<readonly SessionView[]>;
  /**
   * Ends this session. The local copy is deleted in any case. If this rejects, the Worker may not
   * know of the sign-out, and the refresh token stays valid until it expires. The device tokens
   * stay.
   */
  signOut(options?: CallOptions): Promise<void>;
  /** Ends one of `sessions()`. */
  signOutSession(sessionId: string, options?: CallOptions): Promise<void>;
  /** Ends all sessions of the user and deletes this device's tokens. */
  signOutEverywhere(options?: CallOptions): Promise<void>;
  /**
   * Deletes the kept device tokens of all users of this device. No session ends. The next start is
   * counted as a stranger's.
   */
  forgetDevice(): Promise<void>;
}
