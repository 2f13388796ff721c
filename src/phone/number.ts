import {
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumberType,
} from "libphonenumber-js/max";
import type { NumberRange } from "../config/number-ranges.ts";
import { E164, readE164, readNumber, type Reading } from "./reading.ts";
import { readSpelling } from "../lib/number-spelling.ts";

/** An ISO 3166-1 alpha-2 code of a country with a numbering plan; also AC, TA and XK. */
export type { CountryCode };

/** Types of lines that can receive a code. The guard's settings decide about VoIP. */
export type LineType = "mobile" | "fixed_line" | "fixed_line_or_mobile" | "voip";

declare const parsed: unique symbol;

/** One valid subscriber number. Only `parsePhoneNumber` makes one, so it needs no second check. */
export type PhoneNumber = {
  /** `+`, calling code, subscriber number: at most 15 digits (ITU-T E.164 §6), and at least 7. */
  readonly e164: string;
  /** The country of the numbering plan. A shared plan gives its main country (FI for Åland). */
  readonly country: CountryCode;
  readonly lineType: LineType;
  readonly [parsed]: true;
};

export type PhoneNumberOutcome =
  | { readonly kind: "ok"; readonly number: PhoneNumber }
  /** The text is not exactly one valid number. */
  | { readonly kind: "invalid" }
  /** Premium, shared-cost, toll-free, personal, UAN, pager or voicemail. */
  | { readonly kind: "unsupported_number_type" }
  /** The country is not allowed, or the number belongs to no country (+800, +882). */
  | { readonly kind: "unsupported_country" };

// Only the listed types pass, so a type that the library adds later is refused.
const LINE_TYPES: Partial<Record<PhoneNumberType, LineType>> = {
  MOBILE: "mobile",
  FIXED_LINE: "fixed_line",
  FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
  VOIP: "voip",
};

/** The type of a number that the numbering plans do not know, or that is not judged by them. */
const UNCHECKED_LINE_TYPE: LineType = "fixed_line_or_mobile";

/**
 * Reads one phone number as users write it: digits of any script, spaces, dashes, dots, slashes,
 * brackets, `+`, the country's exit code or `00`, a trunk zero, and invisible characters. All spellings
 * of a number give the same E.164, since limits and subjects are keyed by it. Never throws.
 *
 * Input that is not certainly one valid number is refused, not repaired: extensions, letters, URIs,
 * control characters, two numbers, short codes, ambiguous numbers, more than 40 characters. Ranges
 * that cost the receiver money or belong to no person are refused before a text is sent.
 *
 * @param options.country for numbers without a plus. Without a country they are invalid.
 * @param options.allowedCountries `undefined` allows all countries.
 * @param options.testNumbers numbers that are not validated, because no code is sent to them. @default []
 * @param options.extraRanges ranges that are valid although the numbering plans lack them. @default []
 * @example parsePhoneNumber("011 44 20 7946 0018", { country: "US", allowedCountries: undefined })
 */
export function parsePhoneNumber(
  input: string,
  options: {
    country?: CountryCode | undefined;
    allowedCountries: ReadonlySet<CountryCode> | undefined;
    extraRanges?: readonly NumberRange[];
    testNumbers?: readonly { readonly e164: string; readonly country: CountryCode }[];
  },
): PhoneNumberOutcome {
  const spelling = readSpelling(input);
  if (spelling === undefined) return { kind: "invalid" };
  const reading = readNumber(spelling, options.country, options.extraRanges ?? []);
  const e164 = reading?.number.number ?? readE164(spelling, options.country);
  const listed = options.testNumbers?.find((one) => one.e164 === e164);
  if (listed !== undefined) {
    const { country } = reading?.number ?? {};
    return passed(listed.e164, country ?? listed.country, UNCHECKED_LINE_TYPE);
  }
  if (reading === undefined) return { kind: "invalid" };

  const country = countryOf(reading);
  if (country === undefined) return { kind: "unsupported_country" };
  // The type is checked first, since a special number in a shared plan has an arbitrary country: the
  // library reports a Canadian toll-free number as a US one.
  const lineType = lineTypeOf(reading);
  if (lineType === undefined) return { kind: "unsupported_number_type" };
  if (options.allowedCountries?.has(country) === false) return { kind: "unsupported_country" };
  return passed(reading.number.number, country, lineType);
}

function passed(e164: string, country: CountryCode, lineType: LineType): PhoneNumberOutcome {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that gives the brand
  return { kind: "ok", number: { e164, country, lineType } as PhoneNumber };
}

/** The library lists the main country of a calling code first. */
function countryOf({ number, range }: Reading): CountryCode | undefined {
  if (range === undefined) return number.country;
  return range.country ?? number.country ?? number.getPossibleCountries()[0];
}

function lineTypeOf({ number, range }: Reading): LineType | undefined {
  if (range !== undefined) return UNCHECKED_LINE_TYPE;
  const type = number.getType();
  return type && LINE_TYPES[type];
}

/** Returns whether the text is a country code in upper case, of a country with a numbering plan. */
export function isCountryCode(text: string): text is CountryCode {
  return isSupportedCountry(text);
}

/**
 * Returns the number for logs and for callers that did not supply it: `+14155552671` becomes
 * `+1•••••2671`. At most the last four digits are shown, and at least three stay hidden. The bullets
 * do not reveal the length. A text that is not E.164 is hidden whole.
 */
export function maskPhoneNumber(e164: string): string {
  const callingCode = E164.test(e164) ? parsePhoneNumberFromString(e164)?.countryCallingCode : "";
  if (!callingCode) return "•••••";
  const subscriber = e164.slice(1 + callingCode.length);
  return `+${callingCode}•••••${subscriber.slice(3).slice(-4)}`;
}
