import type { CountriesRule } from "../config/guard-rules.ts";

/**
 * The countries to which an address has sent without a right code, with the time of the newest send in
 * milliseconds. They are part of the address's value in KV, so they are not exact either.
 */
export type UnverifiedCountries = Readonly<Record<string, number>>;

/** Bounds the value. An address with this many countries is over the limit anyway. */
const maxKept = 10;

/**
 * Notes one send to a country. `isOver` is true if the address now has too many countries. A caller that is
 * then asked for a captcha is only noted after passing it, because a refusal writes nothing.
 */
export function noteCountry(
  countries: UnverifiedCountries,
  country: string,
  rule: CountriesRule,
  nowMs: number,
): { readonly isOver: boolean; readonly next: UnverifiedCountries } {
  const others = Object.entries(countries)
    .filter(([name, atMs]) => name !== country && nowMs < atMs + rule.windowMs)
    .toSorted(([, left], [, right]) => right - left)
    .slice(0, maxKept - 1);
  const next = Object.fromEntries([[country, nowMs], ...others]);
  return { isOver: Object.keys(next).length > rule.mostCountries, next };
}

/** Removes a country after a right code for one of its numbers. */
export function verifyCountry(
  countries: UnverifiedCountries,
  country: string,
): UnverifiedCountries {
  const { [country]: _, ...next } = countries;
  return next;
}

/** Returns the seconds until the last country expires, which is the value's lifetime. */
export function countriesSecondsLeft(
  countries: UnverifiedCountries,
  rule: CountriesRule,
  nowMs: number,
): number {
  const ends = Object.values(countries).map((atMs) => atMs + rule.windowMs);
  return Math.ceil((Math.max(nowMs, ...ends) - nowMs) / 1000);
}
