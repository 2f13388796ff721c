import type { ProblemCode } from "./wire.ts";

/**
 * Codes that this client sets itself:
 * - `offline`: the device has no network.
 * - `unreachable`: the device has a network, but no answer arrived.
 * - `timeout`: no answer arrived in time.
 * - `bad_answer`: the answer did not come from Phonegate.
 * - `no_session`: there is no session to continue.
 * - `storage_unavailable`: only `onError` reports it; the client continues in memory.
 *
 * After the first three the request may or may not have been carried out.
 */
export type ClientErrorCode =
  | "offline"
  | "unreachable"
  | "timeout"
  | "bad_answer"
  | "no_session"
  | "storage_unavailable";

/** The `message` of an error without an answer from the Worker. */
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

/** Includes codes that a newer Worker adds. */
export type PhonegateErrorCode = ProblemCode | ClientErrorCode | (string & {});

/**
 * Every refusal by the Worker (RFC 9457) and every network failure. If the caller aborts, a call
 * rejects with the signal's reason instead.
 */
export class PhonegateError extends Error {
  override readonly name = "PhonegateError";
  readonly code: PhonegateErrorCode;
  /** The HTTP status; 0 without an answer. */
  readonly status: number;
  /** The problem document: `suggested_channels`, `request_id` and the like. */
  readonly members: Readonly<Record<string, unknown>>;
  /** With `wrong_code`: how many more codes may be tried. */
  readonly attemptsRemaining: number | undefined;
  /** Seconds after which to try again, if the Worker's answer has `Retry-After`. */
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
