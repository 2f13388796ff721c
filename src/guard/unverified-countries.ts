import type { CountriesRule } from "../config/guard-rules.ts";

/**
 * The countries to which an address has sent without a right code since: when the newest send was,
 * in ms. Stands in the one value of the address in KV, so it is as soft as its windows.
 */
export type UnverifiedCountries = Readonly<Record<string, number>>;

/** Bounds the value, not the rule: an address with so many countries is over it anyway. */
const maxKept = 10;

/**
 * One send to a country. `isOver`: with it the address has too many, and a captcha is asked for; only
 * one who passes it is noted, since a refusal does not write.
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

/** A right code for a number of that country: whoever is at this address lives there, too. */
export function verifyCountry(
  countries: UnverifiedCountries,
  country: string,
): UnverifiedCountries {
  const { [country]: _, ...next } = countries;
  return next;
}

/** Seconds until the last of them is over: so long the value must live. */
export function countriesSecondsLeft(
  countries: UnverifiedCountries,
  rule: CountriesRule,
  nowMs: number,
): number {
  const ends = Object.values(countries).map((atMs) => atMs + rule.windowMs);
  return Math.ceil((Math.max(nowMs, ...ends) - nowMs) / 1000);
}
