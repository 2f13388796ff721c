import { parsePhoneNumberFromString, type CountryCode } from "libphonenumber-js/max";
import type { EnvReader } from "../lib/env-reader.ts";

/** A number that signs in by a fixed code. No code is sent to it. */
export interface TestNumber {
  readonly e164: string;
  readonly country: CountryCode;
  readonly code: string;
  /** Milliseconds since the epoch. From then on the number is like any other. */
  readonly endsAtMs: number;
}

const dayMs = 24 * 60 * 60 * 1000;
const longestAheadDays = 90;
const most = 50;
const cure = `must be +number:code@date, such as +12015550199:424242@2027-01-31, with 6 to 10 digits and a day at most ${longestAheadDays} days ahead`;

/**
 * Reads `TEST_NUMBERS`. An entry works until the end of its day (UTC). An ended entry is not a mistake.
 * Settings are read once an isolate, so an entry that is too far ahead is a mistake until a new isolate
 * starts.
 */
export function readTestNumbers(reader: EnvReader, now: () => number): readonly TestNumber[] {
  const name = "TEST_NUMBERS";
  const entries = reader.list(name).map((text) => parseEntry(text, now()));
  reader.wrongEntries(
    name,
    entries.map((entry) => entry === undefined),
    cure,
  );
  const numbers = entries.filter((entry) => entry !== undefined);
  if (new Set(numbers.map(({ e164 }) => e164)).size < numbers.length)
    reader.problem(name, "has one number twice");
  if (numbers.length > most) reader.problem(name, `must have at most ${most} entries`);
  return numbers;
}

function parseEntry(text: string, nowMs: number): TestNumber | undefined {
  const [, e164 = "", code = "", date = ""] =
    /^(\+[1-9]\d{6,14}):(\d{6,10})@(\d{4}-\d{2}-\d{2})$/.exec(text) ?? [];
  const country = countryOf(e164);
  const day = startOfDay(date);
  if (country === undefined || day === undefined) return undefined;
  if (day > nowMs + longestAheadDays * dayMs) return undefined;
  return { e164, country, code, endsAtMs: day + dayMs };
}

/** The country places the number's ledger. The number itself need not be valid or in service. */
function countryOf(e164: string): CountryCode | undefined {
  const number = parsePhoneNumberFromString(e164);
  if (number?.number !== e164) return undefined;
  return number.country ?? number.getPossibleCountries()[0];
}

/** Refuses days that no calendar has: `Date` reads 31 February as 3 March. */
function startOfDay(date: string): number | undefined {
  const startMs = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(startMs) || !new Date(startMs).toISOString().startsWith(date)) return undefined;
  return startMs;
}

/** Returns the numbers that work at this time. */
export const liveTestNumbers = (numbers: readonly TestNumber[], nowMs: number) =>
  numbers.filter(({ endsAtMs }) => nowMs < endsAtMs);
