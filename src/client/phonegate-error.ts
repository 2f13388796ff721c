import type { ProblemCode } from "./wire.ts";

/**
 * What the Worker never says: `offline` (the device has no network), `unreachable` (it has one, and
 * no answer came), `timeout`, `bad_answer` (something else than Phonegate answered), and `no_session`
 * (there is none to go on with). After the first three a request may have been done or not.
 * `storage_unavailable` is no refusal: `onError` tells it, and the client goes on in memory.
 */
export type ClientErrorCode =
  | "offline"
  | "unreachable"
  | "timeout"
  | "bad_answer"
  | "no_session"
  | "storage_unavailable";

/** What `message` says where no answer of the Worker's does. */
const sentences: Readonly<Record<ClientErrorCode, string>> = {
  offline: "The device is offline.",
  unreachable: "No answer came from the Worker.",
  timeout: "No answer came in time.",
  bad_answer: "The answer is not Phonegate's; check baseUrl.",
  no_session: "There is no session; the user has to sign in.",
  storage_unavailable: "The page's storage or locks refuse, so the session lives in memory.",
};

const isClientCode = (code: PhonegateErrorCode): code is ClientErrorCode =>
  Object.hasOwn(sentences, code);

/** Also codes of a newer Worker than this client. */
export type PhonegateErrorCode = ProblemCode | ClientErrorCode | (string & {});

/**
 * Every refusal, the Worker's (RFC 9457) and the network's. What the caller aborts is not one: it
 * rejects with the signal's own reason.
 */
export class PhonegateError extends Error {
  override readonly name = "PhonegateError";
  readonly code: PhonegateErrorCode;
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The problem document: `suggested_channels`, `request_id` and the like. */
  readonly members: Readonly<Record<string, unknown>>;
  /** With `wrong_code`: how many more codes may be tried. */
  readonly attemptsRemaining: number | undefined;
  /** With `rate_limited` and wherever else the Worker names a time: when to try again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: PhonegateErrorCode,
    status: number,
    members: Readonly<Record<string, unknown>> = {},
    retryAfterSeconds?: number,
  ) {
    const own = isClientCode(code) ? sentences[code] : code;
    super(typeof members.detail === "string" ? members.detail : own);
    this.code = code;
    this.status = status;
    this.members = members;
    const { attempts_remaining } = members;
    this.attemptsRemaining =
      typeof attempts_remaining === "number" ? attempts_remaining : undefined;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
