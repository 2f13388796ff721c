import {
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumber as LibraryNumber,
  type PhoneNumberType,
} from "libphonenumber-js/max";

/** An ISO 3166-1 alpha-2 code that has a numbering plan, and with them AC, TA and XK. */
export type { CountryCode };

/** What may carry a code. Whether VoIP is wanted is for the caller's policy. */
export type LineType = "mobile" | "fixed_line" | "fixed_line_or_mobile" | "voip";

declare const parsed: unique symbol;

/** One valid subscriber number. Only this file makes one, so who holds it need not check again. */
export type PhoneNumber = {
  /** `+`, calling code, subscriber number: at most 15 digits (ITU-T E.164 §6), and at least 7. */
  readonly e164: string;
  /** Whose plan the number is in; a plan that several share names its main country (FI for Åland). */
  readonly country: CountryCode;
  readonly lineType: LineType;
  readonly [parsed]: true;
};

export type PhoneNumberOutcome =
  | { readonly kind: "ok"; readonly number: PhoneNumber }
  /** Cannot be read as exactly one valid number. */
  | { readonly kind: "invalid" }
  /** Premium, shared-cost, toll-free, personal, UAN, pager or voicemail. */
  | { readonly kind: "unsupported_number_type" }
  /** Not among the allowed countries, or of no country (+800, +882). */
  | { readonly kind: "unsupported_country" };

// The longest E.164 number with a separator between any two digits, a bracketed zero and direction
// marks; also bounds the work before any pattern sees the text. In UTF-16 units.
const MAX_INPUT_LENGTH = 40;

const E164 = /^\+[1-9]\d{6,14}$/;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
// Spaces, dashes and what serves as one in CJK and Unicode text, dots, slashes.
const SEPARATORS =
  /[\p{Zs}\p{Pd}\u02D7\u2043\u2212\u30FC\uFF70.\u00B7\u2024\uFE52\uFF0E/\u2044\u2215\uFF0F]/gu;

// Mexico ended the 1 before mobile numbers in 2019 and the metadata has forgotten it, while address
// books and WhatsApp have not. No Mexican number begins with 1.
const MEXICAN_MOBILE_ONE = /^\+521/;

// After `normalise`: one plus, only at the start; brackets closed, filled, not nested, never last,
// where "(12)" would be an extension.
const SPELLING = /^(?:\(\+\d+\)|\+)?(?:\(\d+\)|\d)*\d$/;

// Decimal digits are encoded in unbroken runs of ten, 0 first (UAX #44, Numeric_Type=Decimal); runs
// may touch, hence the remainder.
function digitValue(digit: string): string {
  const codePoint = digit.codePointAt(0) ?? 0;
  let start = codePoint;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(start - 1))) start -= 1;
  return String((codePoint - start) % 10);
}

function normalise(input: string): string {
  return input
    .replace(INVISIBLE, "")
    .replace(SEPARATORS, "")
    .replace(/[^\P{Nd}0-9]/gu, digitValue)
    .replace(/[\uFE62\uFF0B]/g, "+")
    .replace(/[[\uFE59\uFF08\uFF3B]/g, "(")
    .replace(/[\]\uFE5A\uFF09\uFF3D]/g, ")");
}

/**
 * The valid number that `digits` spell, if any. It is judged in its E.164 form, so that what comes
 * back from storage is judged the same, and must come out of its national form unchanged: Gabon's
 * metadata still has two E.164 numbers (+241 4… and +241 04…) for one old subscriber.
 */
function valid(digits: string, country?: CountryCode): LibraryNumber | undefined {
  const text = digits.replace(MEXICAN_MOBILE_ONE, "+52");
  const e164 = parsePhoneNumberFromString(text, country)?.number;
  if (e164 === undefined || !E164.test(e164)) return undefined;
  const number = parsePhoneNumberFromString(e164);
  if (!number?.isValid()) return undefined;
  const again = number.country
    ? parsePhoneNumberFromString(number.formatNational(), number.country)
    : number;
  return again?.number === e164 ? number : undefined;
}

function read(digits: string, country: CountryCode | undefined): LibraryNumber | undefined {
  if (digits.startsWith("+")) return valid(digits);
  // ITU-T E.164 recommends it to all countries; people write it also where another one is dialled.
  const international = digits.startsWith("00") ? valid(`+${digits.slice(2)}`) : undefined;
  if (international !== undefined || country === undefined) return international;

  const national = valid(digits, country);
  if (!digits.startsWith(getCountryCallingCode(country))) return national;
  // Perhaps a forgotten plus. Where both readings are valid the library settles for the national
  // one, by which Kosovar, German and Indonesian mobile numbers become somebody's landline. That
  // one is certain only when written as its plan has it (an Italian 390… needs no trunk zero).
  const forgottenPlus = valid(`+${digits}`);
  if (forgottenPlus === undefined || forgottenPlus.number === national?.number) return national;
  return national?.formatNational().replace(/\D/g, "") === digits ? national : undefined;
}

// Only what is listed passes, so a type that the library adds is refused.
const LINE_TYPES: Partial<Record<PhoneNumberType, LineType>> = {
  MOBILE: "mobile",
  FIXED_LINE: "fixed_line",
  FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
  VOIP: "voip",
};

/**
 * Reads one phone number as people write it: any script's digits, spaces, dashes, dots, slashes and
 * brackets, `+`, `00` or the country's own international prefix, a trunk zero, invisible characters.
 * All spellings of a number give the same E.164, since limits and subjects are keyed by it.
 *
 * What is not certainly one valid number is refused, never repaired: extensions, letters, URIs,
 * control characters, two numbers, short codes, more than 40 characters. Ranges that cost the
 * caller or reach nobody in person are refused before anything is sent. Never throws.
 *
 * @param options.country for numbers without an international prefix; without it those are invalid.
 * @param options.allowedCountries `undefined` allows all.
 */
export function parsePhoneNumber(
  input: string,
  options: {
    country?: CountryCode | undefined;
    allowedCountries: ReadonlySet<CountryCode> | undefined;
  },
): PhoneNumberOutcome {
  if (input.length > MAX_INPUT_LENGTH) return { kind: "invalid" };
  const spelling = normalise(input);
  if (!SPELLING.test(spelling)) return { kind: "invalid" };
  const number = read(spelling.replace(/[()]/g, ""), options.country);
  if (number === undefined) return { kind: "invalid" };

  const { country } = number;
  if (country === undefined) return { kind: "unsupported_country" };
  // The type goes first: the country of a special number in a shared plan is arbitrary (a Canadian
  // toll-free number is a US one).
  const type = number.getType();
  const lineType = type && LINE_TYPES[type];
  if (lineType === undefined) return { kind: "unsupported_number_type" };
  if (options.allowedCountries?.has(country) === false) return { kind: "unsupported_country" };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that gives the brand
  return { kind: "ok", number: { e164: number.number, country, lineType } as PhoneNumber };
}

/** Exact: upper case, and a country that has a numbering plan. */
export function isCountryCode(text: string): text is CountryCode {
  return isSupportedCountry(text);
}

/**
 * A number for logs and for callers who did not supply it: `+14155552671` is `+1•••••2671`. At most
 * the last four digits, and fewer of a short number, so that three stay hidden; the bullets do not
 * tell how many. What is no E.164 is hidden whole.
 */
export function maskPhoneNumber(e164: string): string {
  const callingCode = E164.test(e164) ? parsePhoneNumberFromString(e164)?.countryCallingCode : "";
  if (!callingCode) return "•••••";
  const subscriber = e164.slice(1 + callingCode.length);
  return `+${callingCode}•••••${subscriber.slice(3).slice(-4)}`;
}

/**
 * The number of an E.164 text that `parsePhoneNumber` made and we stored; `undefined` for any other
 * text, and when newer metadata no longer counts it as valid. The allowed countries of today are not
 * asked: see `country`.
 */
export function phoneNumberFromE164(e164: string): PhoneNumber | undefined {
  const outcome = parsePhoneNumber(e164, { allowedCountries: undefined });
  return outcome.kind === "ok" && outcome.number.e164 === e164 ? outcome.number : undefined;
}
