import * as v from "valibot";
import { standardChannel } from "./channels.ts";
import { channel, phone, subject, token } from "./fields.ts";
import { purposes } from "./words.ts";

/** A device keeps its last three tokens. */
const mostDeviceTokens = 3;

const tokens = `must be a list of at most ${mostDeviceTokens} texts`;

const captchaToken = v.pipe(
  v.string("must be a text of 1 to 2048 characters"),
  v.minLength(1, "must be a text of 1 to 2048 characters"),
  v.maxLength(2048, "must be a text of 1 to 2048 characters"),
);

const methods = "must be at most 8 names of methods (RFC 8176), such as pwd";

const amr = v.pipe(
  v.array(v.pipe(v.string(methods), v.regex(/^[a-z0-9_-]{1,32}$/, methods)), methods),
  v.maxLength(8, methods),
);

/** The transaction to confirm: any object. It is not changed, because the proof contains its hash. */
const transaction = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>(
    (input) => typeof input === "object" && input !== null && !Array.isArray(input),
    "must be an object",
  ),
  v.check(
    ({ payee }) => isShownText(payee, 64),
    "payee must be a text of 1 to 64 plain characters, since the message shows it",
  ),
  v.check(
    ({ amount }) => isShownText(amount, 32),
    'amount must be a text of 1 to 32 plain characters, such as "10.00 EUR"',
  ),
);

/** Control characters are refused, because they could start a new line in the message. */
function isShownText(value: unknown, most: number): boolean {
  if (value === undefined) return true;
  return (
    typeof value === "string" && value.length <= most && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(value)
  );
}

const languageTag = "must be a BCP 47 language tag such as en or pt-BR, of at most 35 characters";

const locale = v.pipe(v.string(languageTag), v.check(isLanguageTag, languageTag));

/** RFC 5646 §4.4.1 requires room for 35 characters. No language code has more than three letters. */
function isLanguageTag(tag: string): boolean {
  if (tag.length > 35 || !/^[A-Za-z]{2,3}(-|$)/.test(tag)) return false;
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** `POST /v1/verifications` */
export const startRequest = v.strictObject({
  /** Left out for `step_up`, which uses the session's number. */
  to: v.optional(phone),
  country: v.optional(
    v.pipe(
      v.string("must be an ISO 3166-1 alpha-2 code"),
      v.regex(/^[A-Za-z]{2}$/, "must be an ISO 3166-1 alpha-2 code"),
      v.toUpperCase(),
    ),
  ),
  channel: v.optional(channel, standardChannel),
  locale: v.optional(locale),
  purpose: v.optional(v.picklist(purposes, `must be one of ${purposes.join(", ")}`), "sign_in"),
  /** From earlier approvals on this device. Tokens of other numbers are ignored. */
  device_tokens: v.optional(v.pipe(v.array(token, tokens), v.maxLength(mostDeviceTokens, tokens))),
  /** Turnstile's token, if a captcha is required. Its action is the purpose. */
  captcha_token: v.optional(captchaToken),
  // The following fields need a service key.
  /** The app's own name of the user, for the token's `sub`. It must be unique among all backends. */
  subject: v.optional(subject),
  /** Authentication methods (RFC 8176) that the user passed before. */
  amr: v.optional(amr),
  transaction: v.optional(transaction),
});
export type StartRequest = v.InferOutput<typeof startRequest>;
