import { PhonegateError } from "../../phonegate-error.ts";
import { duration, fill, type Texts } from "./texts.ts";

export interface Explained {
  readonly text: string;
  /** `number` and `code`: the field is wrong; `ended`: no code will do; `other`: it may go better next time. */
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

/** What a person can do about it, in the person's words. */
export function explain(error: unknown, texts: Texts, language: string): Explained {
  if (!(error instanceof PhonegateError)) return { text: texts.failed, about: "other" };
  const { code, members, retryAfterSeconds } = error;
  if (code === "wrong_code") {
    const count = new Intl.NumberFormat(language).format(Number(members.attempts_remaining));
    return { text: fill(texts.wrongCode, { count }), about: "code" };
  }
  if (code === "rate_limited") {
    const time = duration(language, retryAfterSeconds ?? 60);
    return { text: fill(texts.wait, { time }), about: "other" };
  }
  const [number, ending, other] = [numberTexts[code], endings[code], others[code]];
  if (number !== undefined) return { text: texts[number], about: "number" };
  if (ending !== undefined) return { text: texts[ending], about: "ended" };
  return { text: texts[other ?? "failed"], about: "other" };
}
