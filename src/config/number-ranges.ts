import {
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  type CountryCode,
} from "libphonenumber-js/max";
import type { EnvReader } from "../lib/env-reader.ts";

/** A range of valid numbers that is missing in the library's numbering plans. */
export interface NumberRange {
  /** The first digits of the numbers in E.164, such as `+1624`. */
  readonly prefix: string;
  /** Undefined means the main country of the calling code. */
  readonly country: CountryCode | undefined;
}

/**
 * With fewer digits after the calling code a range could be a whole country with its premium
 * numbers.
 */
const leastDigitsAfterCallingCode = 2;

/** Reads `EXTRA_NUMBER_RANGES`, such as `+1624,+1861:US`. */
export function readNumberRanges(reader: EnvReader): readonly NumberRange[] {
  const ranges = reader.list("EXTRA_NUMBER_RANGES").map(parseRange);
  reader.wrongEntries(
    "EXTRA_NUMBER_RANGES",
    ranges.map((range) => range === undefined),
    "must be + and the calling code with two digits or more behind it, such as +1624, or with its country +1624:US",
  );
  return ranges.filter((range) => range !== undefined);
}

function parseRange(text: string): NumberRange | undefined {
  const [, digits = "", country] = /^\+([1-9]\d{2,10})(?::([A-Z]{2}))?$/.exec(text) ?? [];
  const callingCodes = new Set(getCountries().map((known) => getCountryCallingCode(known)));
  const callingCode = [...callingCodes].find((code) => digits.startsWith(code));
  if (callingCode === undefined || digits.length < callingCode.length + leastDigitsAfterCallingCode)
    return undefined;
  const prefix = `+${digits}`;
  if (country === undefined) return { prefix, country };
  if (!isSupportedCountry(country) || getCountryCallingCode(country) !== callingCode)
    return undefined;
  return { prefix, country };
}
