import { isSupportedCountry } from "libphonenumber-js/max";
import type { EnvReader } from "../lib/env-reader.ts";
import { parseMicro, price } from "./money-amount.ts";

/**
 * What Twilio Verify charges for an approval, in addition to the send: millionths by country. `*` stands
 * for all countries that are not named.
 */
export type VerifyPrices = Readonly<Record<string, number>>;

const name = "VERIFY_PRICE";

/** Reads `VERIFY_PRICE`: `0.05`, or by country `US:0.05,*:0.06`. */
export function readVerifyPrices(reader: EnvReader): VerifyPrices | undefined {
  const text = reader.text(name);
  if (text === undefined) return undefined;
  if (price.test(text)) return { "*": parseMicro(text) };
  const prices = reader.list(name).map(parsePrice);
  const countries = prices.map((each) => each?.[0]);
  const isWrong = countries.map(
    (country, at) => country === undefined || countries.indexOf(country) < at,
  );
  const cure =
    "must be the price of an approval: 0.05, or by country US:0.05,*:0.06, no country twice";
  reader.wrongEntries(name, isWrong, cure);
  const known = Object.fromEntries(prices.filter((each) => each !== undefined));
  // Otherwise approvals in the other countries would be free.
  if (!isWrong.includes(true) && known["*"] === undefined)
    return reader.problem(name, "must have a price for *, the countries that are not named");
  return known;
}

function parsePrice(text: string): [string, number] | undefined {
  const [country = "", digits = "", ...rest] = text.split(":");
  const isCountry = country === "*" || isSupportedCountry(country);
  return isCountry && price.test(digits) && rest.length === 0
    ? [country, parseMicro(digits)]
    : undefined;
}
