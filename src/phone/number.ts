import {
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumberType,
} from "libphonenumber-js/max";
import type { NumberRange } from "../config/number-ranges.ts";
import { E164, readNumber, type Reading } from "./reading.ts";
import { readSpelling } from "../lib/number-spelling.ts";

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

// Only what is listed passes, so a type that the library adds is refused.
const LINE_TYPES: Partial<Record<PhoneNumberType, LineType>> = {
  MOBILE: "mobile",
  FIXED_LINE: "fixed_line",
  FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
  VOIP: "voip",
};

/** Nothing is known of a range that the plans do not have, as of a North American number. */
const EXTRA_LINE_TYPE: LineType = "fixed_line_or_mobile";

/**
 * Reads one phone number as people write it: any script's digits, spaces, dashes, dots, slashes and
 * brackets, `+`, the country's own exit code or `00`, a trunk zero, invisible characters. All
 * spellings of a number give the same E.164, since limits and subjects are keyed by it.
 *
 * What is not certainly one valid number is refused, never repaired: extensions, letters, URIs,
 * control characters, two numbers, short codes, two readings, more than 40 characters. Ranges that
 * cost the caller or reach nobody in person are refused before anything is sent. Never throws.
 *
 * @param options.country for numbers without a plus; without it those are invalid.
 * @param options.allowedCountries `undefined` allows all.
 * @param options.extraRanges numbers that are let in although the plans do not have them. @default []
 * @example parsePhoneNumber("011 44 20 7946 0018", { country: "US", allowedCountries: undefined })
 */
export function parsePhoneNumber(
  input: string,
  options: {
    country?: CountryCode | undefined;
    allowedCountries: ReadonlySet<CountryCode> | undefined;
    extraRanges?: readonly NumberRange[];
  },
): PhoneNumberOutcome {
  const spelling = readSpelling(input);
  if (spelling === undefined) return { kind: "invalid" };
  const reading = readNumber(spelling, options.country, options.extraRanges ?? []);
  if (reading === undefined) return { kind: "invalid" };

  const country = countryOf(reading);
  if (country === undefined) return { kind: "unsupported_country" };
  // The type goes first: the country of a special number in a shared plan is arbitrary (a Canadian
  // toll-free number is a US one).
  const lineType = lineTypeOf(reading);
  if (lineType === undefined) return { kind: "unsupported_number_type" };
  if (options.allowedCountries?.has(country) === false) return { kind: "unsupported_country" };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that gives the brand
  return { kind: "ok", number: { e164: reading.number.number, country, lineType } as PhoneNumber };
}

/** The plans put the main country of a calling code first. */
function countryOf({ number, range }: Reading): CountryCode | undefined {
  if (range === undefined) return number.country;
  return range.country ?? number.country ?? number.getPossibleCountries()[0];
}

function lineTypeOf({ number, range }: Reading): LineType | undefined {
  if (range !== undefined) return EXTRA_LINE_TYPE;
  const type = number.getType();
  return type && LINE_TYPES[type];
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
export function phoneNumberFromE164(
  e164: string,
  extraRanges: readonly NumberRange[] = [],
): PhoneNumber | undefined {
  const outcome = parsePhoneNumber(e164, { allowedCountries: undefined, extraRanges });
  return outcome.kind === "ok" && outcome.number.e164 === e164 ? outcome.number : undefined;
}
