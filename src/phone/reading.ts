import {
  getCountryCallingCode,
  Metadata,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumber as LibraryNumber,
} from "libphonenumber-js/max";
import type { NumberRange } from "../config/number-ranges.ts";
import type { Spelling } from "../lib/number-spelling.ts";

/** A number that is valid by its numbering plan, or lies in a range that the operator added. */
export interface Reading {
  readonly number: LibraryNumber;
  /** The operator's range, if the numbering plan lacks the number. */
  readonly range: NumberRange | undefined;
}

export const E164 = /^\+[1-9]\d{6,14}$/;

// Until 2019 Mexican mobile numbers had a 1 after +52. Address books and WhatsApp still use it, but the
// metadata has dropped it. No Mexican number begins with 1, so it can be removed safely.
const MEXICAN_MOBILE_ONE = /^\+521/;

/** The digits of the shortest numbers. At least that many must follow an exit code. */
const leastDigits = 7;
/** The most digits of a national number, with its trunk prefix. */
const longestNational = 12;

type Ranges = readonly NumberRange[];

/**
 * Returns the one number that the spelling stands for, or undefined. A number without a plus needs a
 * country: exit codes (those dialled in the country, and `00`) are tried first, then its own plan.
 */
export function readNumber(
  spelling: Spelling,
  country: CountryCode | undefined,
  ranges: Ranges,
): Reading | undefined {
  if (spelling.digits.startsWith("+")) return readValid(spelling.digits, ranges);
  if (country === undefined) return undefined;
  const dialled = readDialled(spelling, country, ranges);
  if (dialled === "ambiguous") return undefined;
  return dialled ?? readNational(spelling, country, ranges);
}

/** Returns the E.164 form of a number that need not be valid, or undefined without a country for it. */
export function readE164(
  { digits }: Spelling,
  country: CountryCode | undefined,
): string | undefined {
  if (digits.startsWith("+")) return digits;
  return country && parsePhoneNumberFromString(digits, country)?.number;
}

/**
 * Returns the valid number of these digits, if any. It is judged in its E.164 form, so that a stored
 * number is judged the same way. Its national form must lead back to the same E.164, because Gabon's
 * metadata still has two E.164 numbers (+241 4… and +241 04…) for one old subscriber.
 */
function readValid(digits: string, ranges: Ranges, country?: CountryCode): Reading | undefined {
  const text = digits.replace(MEXICAN_MOBILE_ONE, "+52");
  const e164 = parsePhoneNumberFromString(text, country)?.number;
  if (e164 === undefined || !E164.test(e164)) return undefined;
  const number = parsePhoneNumberFromString(e164);
  if (number === undefined) return undefined;
  const range = number.isValid() ? undefined : rangeOf(number, ranges);
  if (!number.isValid() && range === undefined) return undefined;
  const again = number.country
    ? parsePhoneNumberFromString(number.formatNational(), number.country)
    : number;
  return again?.number === e164 ? { number, range } : undefined;
}

/** Returns the narrowest range that contains the number. The number's length must fit its plan. */
function rangeOf(number: LibraryNumber, ranges: Ranges): NumberRange | undefined {
  if (!number.isPossible()) return undefined;
  return ranges
    .filter(({ prefix }) => number.number.startsWith(prefix))
    .toSorted((left, right) => right.prefix.length - left.prefix.length)[0];
}

/**
 * Reads a number after an exit code. In Hong Kong, `0016583214567` is 001 and a number of Singapore, or
 * 00 and a number of Jamaica. If several readings are valid, the digit groups decide: `001 65 8321 4567`
 * is grouped as Singapore's numbers are. If that fits none or several, the number is ambiguous.
 */
function readDialled(
  spelling: Spelling,
  country: CountryCode,
  ranges: Ranges,
): Reading | "ambiguous" | undefined {
  const { digits } = spelling;
  const readings = exitCodesOf(digits, country).flatMap((exitCode) => {
    const reading = readValid(`+${digits.slice(exitCode.length)}`, ranges);
    if (reading === undefined) return [];
    const isGrouped = isGroupedAs(spelling, exitCode, reading);
    return isGrouped || mayBeDialled(digits, exitCode) ? [{ reading, isGrouped }] : [];
  });
  if (readings.length <= 1) return readings[0]?.reading;
  const grouped = readings.filter(({ isGrouped }) => isGrouped);
  return grouped.length === 1 ? grouped[0]?.reading : "ambiguous";
}

/** Whether the digits after the exit code are grouped in the usual way, as in `011 44 20 7946 0018`. */
function isGroupedAs({ grouped }: Spelling, exitCode: string, { number }: Reading): boolean {
  const usual = number.formatInternational().replaceAll(/\D+/g, " ").trim();
  const before = grouped.slice(0, -usual.length).replaceAll(" ", "");
  return grouped.endsWith(usual) && before === exitCode;
}

/** `010 49846134` is an Egyptian mobile number, not Japan's exit code 010 and a German landline. */
function mayBeDialled(digits: string, exitCode: string): boolean {
  return exitCode.startsWith("00") || digits.length > longestNational;
}

function readNational(
  { digits }: Spelling,
  country: CountryCode,
  ranges: Ranges,
): Reading | undefined {
  const callingCode = getCountryCallingCode(country);
  const reading = readValid(digits, ranges, country);
  // The library also removes exit codes. `readDialled` has already read those numbers.
  const national = reading?.number.countryCallingCode === callingCode ? reading : undefined;
  if (!digits.startsWith(callingCode)) return national;
  // The user may have forgotten the plus. If both readings are valid, the library chooses the national
  // one, and Kosovar, German and Indonesian mobile numbers become another subscriber's landline. The
  // national reading is certain only if it is written as its plan writes it (an Italian 390… needs no
  // trunk zero).
  const forgottenPlus = readValid(`+${digits}`, ranges);
  if (forgottenPlus === undefined || national === undefined) return national ?? forgottenPlus;
  if (forgottenPlus.number.number === national.number.number) return national;
  return national.number.formatNational().replace(/\D/g, "") === digits ? national : undefined;
}

/**
 * Returns all exit codes with which the digits can begin: those of the country (some have one for each
 * carrier) and `00`, which ITU-T E.164 recommends. The exit code of Cape Verde and Samoa is a single 0.
 * It is not included, since elsewhere a 0 is a trunk prefix.
 */
function exitCodesOf(digits: string, country: CountryCode): string[] {
  const plan = new Metadata();
  plan.selectNumberingPlan(country);
  const exitCode = new RegExp(`^(?:00|${plan.numberingPlan?.IDDPrefix() ?? "00"})$`);
  const codes: string[] = [];
  for (let length = 2; length <= digits.length - leastDigits; length += 1) {
    const code = digits.slice(0, length);
    if (exitCode.test(code)) codes.push(code);
  }
  return codes;
}
