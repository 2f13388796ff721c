import { PhonegateError } from "../../phonegate-error.ts";
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

const numberTexts: Readonly<Record<string, keyof Texts>> = {
  invalid_phone_number: "badNumber",
  unsupported_country: "badCountry",
  unsupported_number_type: "badType",
  channel_unavailable: "noText",
};

const endings: Readonly<Record<string, keyof Texts>> = {
  verification_expired: "expired",
  verification_exhausted: "exhausted",
  verification_used: "ended",
  verification_canceled: "ended",
  verification_not_found: "ended",
};

const others: Readonly<Record<string, keyof Texts>> = {
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
};

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
  const [number, ending, other] = [numberTexts[code], endings[code], others[code]];
  if (number !== undefined) return { phrase: words.of(number), about: "number" };
  if (ending !== undefined) return { phrase: words.of(ending), about: "ended" };
  return { phrase: words.of(other ?? "failed"), about: "other" };
}
