import {
  getCountryCallingCode,
  Metadata,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumber as LibraryNumber,
} from "libphonenumber-js/max";
import type { NumberRange } from "../config/number-ranges.ts";
import type { Spelling } from "../lib/number-spelling.ts";

/** A number that is valid by its plan, or lies in a range that the operator has let in. */
export interface Reading {
  readonly number: LibraryNumber;
  /** The operator's range, where the plan does not have the number. */
  readonly range: NumberRange | undefined;
}

export const E164 = /^\+[1-9]\d{6,14}$/;

// Mexico ended the 1 before mobile numbers in 2019 and the metadata has forgotten it, while address
// books and WhatsApp have not. No Mexican number begins with 1.
const MEXICAN_MOBILE_ONE = /^\+521/;

/** An exit code leaves as many digits as the shortest numbers have. */
const leastDigits = 7;
/** Digits of national numbers, with their trunk prefix. */
const longestNational = 12;

type Ranges = readonly NumberRange[];

/**
 * The one number that the spelling stands for, or `undefined`. With a plus that is certain. Without
 * one it needs a country: first the exit codes that are dialled there and `00`, then its own plan.
 */
export function readNumber(
  spelling: Spelling,
  country: CountryCode | undefined,
  ranges: Ranges,
): Reading | undefined {
  if (spelling.digits.startsWith("+")) return valid(spelling.digits, ranges);
  if (country === undefined) return undefined;
  const dialled = readDialled(spelling, country, ranges);
  if (dialled === "ambiguous") return undefined;
  return dialled ?? readNational(spelling, country, ranges);
}

/**
 * The valid number that `digits` spell, if any. It is judged in its E.164 form, so that what comes
 * back from storage is judged the same, and must come out of its national form unchanged: Gabon's
 * metadata still has two E.164 numbers (+241 4… and +241 04…) for one old subscriber.
 */
function valid(digits: string, ranges: Ranges, country?: CountryCode): Reading | undefined {
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

/** Only for numbers as long as their plan has them; of several ranges the narrowest. */
function rangeOf(number: LibraryNumber, ranges: Ranges): NumberRange | undefined {
  if (!number.isPossible()) return undefined;
  return ranges
    .filter(({ prefix }) => number.number.startsWith(prefix))
    .toSorted((left, right) => right.prefix.length - left.prefix.length)[0];
}

/**
 * A number behind an exit code. `0016583214567` in Hong Kong is 001 and a number of Singapore, or 00
 * and one of Jamaica. Where several readings are valid, the one is meant that is grouped as its own
 * plan groups it (`001 65 8321 4567`); if none or several are, the number is ambiguous.
 */
function readDialled(
  spelling: Spelling,
  country: CountryCode,
  ranges: Ranges,
): Reading | "ambiguous" | undefined {
  const { digits } = spelling;
  const readings = exitCodesOf(digits, country).flatMap((exitCode) => {
    const reading = valid(`+${digits.slice(exitCode.length)}`, ranges);
    if (reading === undefined) return [];
    const isGrouped = isGroupedAs(spelling, exitCode, reading);
    return isGrouped || mayBeDialled(digits, exitCode) ? [{ reading, isGrouped }] : [];
  });
  if (readings.length <= 1) return readings[0]?.reading;
  const grouped = readings.filter(({ isGrouped }) => isGrouped);
  return grouped.length === 1 ? grouped[0]?.reading : "ambiguous";
}

/** Whether the number stands behind the exit code as it is usually written: `011 44 20 7946 0018`. */
function isGroupedAs({ grouped }: Spelling, exitCode: string, { number }: Reading): boolean {
  const usual = number.formatInternational().replaceAll(/\D+/g, " ").trim();
  const before = grouped.slice(0, -usual.length).replaceAll(" ", "");
  return grouped.endsWith(usual) && before === exitCode;
}

/** `010 49846134` is a mobile number of Egypt, rather than Japan's exit code and a German landline. */
function mayBeDialled(digits: string, exitCode: string): boolean {
  return exitCode.startsWith("00") || digits.length > longestNational;
}

function readNational(
  { digits }: Spelling,
  country: CountryCode,
  ranges: Ranges,
): Reading | undefined {
  const callingCode = getCountryCallingCode(country);
  const reading = valid(digits, ranges, country);
  // The library takes an exit code off as well; those have been read.
  const national = reading?.number.countryCallingCode === callingCode ? reading : undefined;
  if (!digits.startsWith(callingCode)) return national;
  // Perhaps a forgotten plus. Where both readings are valid the library settles for the national one,
  // by which Kosovar, German and Indonesian mobile numbers become another subscriber's landline. The
  // national one is certain only when it is written as its plan has it (an Italian 390… needs no
  // trunk zero).
  const forgottenPlus = valid(`+${digits}`, ranges);
  if (forgottenPlus === undefined || national === undefined) return national ?? forgottenPlus;
  if (forgottenPlus.number.number === national.number.number) return national;
  return national.number.formatNational().replace(/\D/g, "") === digits ? national : undefined;
}

/**
 * All exit codes with which the digits can begin: the country's own (some have one for each carrier)
 * and `00`, which ITU-T E.164 recommends to all and people write everywhere. A single 0, the exit code
 * of Cape Verde and Samoa, is a trunk prefix to the rest of the world, so it is none.
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
