import { PhonegateError, type ClientErrorCode } from "../../phonegate-error.ts";
import type { ProblemCode } from "../../wire.ts";
import { duration } from "./language.ts";
import { fill, type Phrase } from "./phrase.ts";
import type { Texts } from "./texts.ts";
import type { Words } from "./words.ts";

export interface Explained {
  readonly phrase: Phrase;
  /**
   * `number` and `code`: the field is wrong. `ended`: every code would be refused. `other`: a retry
   * may succeed.
   */
  readonly about: "number" | "code" | "ended" | "other";
}

type Code = ProblemCode | ClientErrorCode;
type TextsOfCodes = { readonly [Each in Code]?: keyof Texts };

const numberTexts = {
  invalid_phone_number: "badNumber",
  unsupported_country: "badCountry",
  unsupported_number_type: "badType",
  channel_unavailable: "noText",
} as const satisfies TextsOfCodes;

const endings = {
  verification_expired: "expired",
  verification_exhausted: "exhausted",
  verification_used: "ended",
  verification_canceled: "ended",
  verification_not_found: "ended",
} as const satisfies TextsOfCodes;

const others = {
  captcha_required: "captcha",
  captcha_failed: "captcha",
  invalid_token: "sessionLost",
  no_session: "sessionLost",
  offline: "offline",
  unreachable: "unreachable",
  timeout: "unreachable",
  send_budget_exhausted: "unavailable",
  provider_unavailable: "unavailable",
  provider_rejected: "unavailable",
  not_configured: "unavailable",
  not_allowed: "unavailable",
} as const satisfies TextsOfCodes;

/** Told in words of their own below. */
type WithValues = "wrong_code" | "rate_limited";

/** The user can do nothing about these but try again: `failed` says so. */
type Failed =
  | "invalid_request"
  | "lever_matches_nothing"
  | "subject_not_found"
  | "session_not_found"
  | "invalid_service_key"
  | "insufficient_user_authentication"
  | "insufficient_scope"
  | "proof_used"
  | "proof_expired"
  | "not_found"
  | "origin_not_allowed"
  | "purpose_not_enabled"
  | "idempotency_key_reused"
  | "invalid_signature"
  | "store_unavailable"
  | "provider_bad_response"
  | "unsupported_media_type"
  | "payload_too_large"
  | "headers_too_large"
  | "method_not_allowed"
  | "internal_error"
  | "bad_answer"
  | "storage_unavailable";

type Explicit =
  | keyof typeof numberTexts
  | keyof typeof endings
  | keyof typeof others
  | WithValues
  | Failed;
type Nothing<Left extends never> = Left;
/** Fails to compile when a code is missing above. A code of a newer Worker is told as `failed`. */
export type Unexplained = Nothing<Exclude<Code, Explicit>>;

type TextName = keyof Texts;
const textOf = (texts: Readonly<Record<string, TextName>>, code: string): TextName | undefined =>
  texts[code];

/** Returns a text that tells the user what to do about an error. */
export function explain(error: unknown, words: Words): Explained {
  if (!(error instanceof PhonegateError)) return { phrase: words.of("failed"), about: "other" };
  const { code, attemptsRemaining, retryAfterSeconds } = error;
  if (code === "wrong_code") {
    const phrase = words.of("wrongCode");
    const count = new Intl.NumberFormat(phrase.lang).format(attemptsRemaining ?? 0);
    return { phrase: fill(phrase, { count }), about: "code" };
  }
  if (code === "rate_limited") {
    const phrase = words.of("wait");
    const time = duration(phrase.lang, retryAfterSeconds ?? 60);
    return { phrase: fill(phrase, { time }), about: "other" };
  }
  const number = textOf(numberTexts, code);
  const ending = textOf(endings, code);
  const other = textOf(others, code);
  if (number !== undefined) return { phrase: words.of(number), about: "number" };
  if (ending !== undefined) return { phrase: words.of(ending), about: "ended" };
  return { phrase: words.of(other ?? "failed"), about: "other" };
}
