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
  /** The problem document: `attempts_remaining`, `suggested_channels`, `request_id` and the like. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: PhonegateErrorCode,
    status: number,
    members: Readonly<Record<string, unknown>> = {},
    retryAfterSeconds?: number,
  ) {
    super(typeof members.detail === "string" ? members.detail : code);
    this.code = code;
    this.status = status;
    this.members = members;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
