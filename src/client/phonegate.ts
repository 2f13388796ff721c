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
  /** Sends a code. The device tokens that are kept go along: strangers cannot lock its user out. */
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
  /**
   * Tells once, with `storage_unavailable`, that the page's storage or locks refuse. Nothing is lost
   * but with the page: the client goes on in memory. Returns how to stop.
   */
  onError(listener: ErrorListener): () => void;
  /** As the store knows it at this moment. */
  currentSession(options?: CallOptions): Promise<CurrentSession>;
  sessions(options?: CallOptions): Promise<readonly SessionView[]>;
  /**
   * Ends this session. It is forgotten here in any case; where this rejects, the Worker may not know
   * and the refresh token is good until it expires. The device's tokens stay.
   */
  signOut(options?: CallOptions): Promise<void>;
  /** Ends one of `sessions()`. */
  signOutSession(sessionId: string, options?: CallOptions): Promise<void>;
  /** Ends them all, and forgets the devices, this one too. */
  signOutEverywhere(options?: CallOptions): Promise<void>;
  /**
   * "Forget this device": deletes the device tokens that are kept here, of all who signed in on it.
   * No session ends, and the next sign-in is a stranger's.
   */
  forgetDevice(): Promise<void>;
}
