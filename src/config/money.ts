import { isSupportedCountry } from "libphonenumber-js/max";
import type { EnvReader } from "../lib/env-reader.ts";

/** Amounts are millionths of one unit of the budget's currency: integers, so that sums are exact. */
export interface Money {
  /** What one send costs; `*` is every country that is not named. */
  readonly microPrices: Readonly<Record<string, number>> & { readonly "*": number };
  /** Most of a UTC day. */
  readonly microBudget: number;
  /** ISO 4217. */
  readonly currency: string;
}

const amount = /^(?:0|[1-9]\d{0,6})(?:\.\d{1,6})?/;
const budget = new RegExp(`(${amount.source})([A-Z]{3})/1d$`);
const price = new RegExp(`${amount.source}$`);

/** Undefined without a budget: then sends are counted, and their price is not. */
export function readMoney(reader: EnvReader): Money | undefined {
  const text = reader.matching("BUDGET_MONEY", budget, "must be money a day, such as 50USD/1d");
  const microPrices = readPrices(reader);
  if (text === undefined) return undefined;
  const [, digits = "", currency = ""] = budget.exec(text) ?? [];
  const microBudget = parseMicro(digits);
  if (microBudget === 0) return reader.problem("BUDGET_MONEY", "must be more than nothing");
  if (microPrices === undefined)
    return reader.problem("COUNTRY_PRICES", "must be set with BUDGET_MONEY");
  return { microPrices, microBudget, currency };
}

function readPrices(reader: EnvReader): Money["microPrices"] | undefined {
  const name = "COUNTRY_PRICES";
  const listed = reader.list(name);
  if (listed.length === 0) return undefined;
  const prices = listed.map(parsePrice).filter((each) => each !== undefined);
  if (prices.length < listed.length || new Set(prices.map(([key]) => key)).size < prices.length)
    return reader.problem(
      name,
      "must be the price of a send by country, such as US:0.0083,GB:0.04,*:0.10, no country twice",
    );
  const { "*": others, ...named } = Object.fromEntries(prices);
  // A country without a price would be sent to for nothing, and without end.
  return others === undefined
    ? reader.problem(name, "must have a price for *, the countries that are not named")
    : { ...named, "*": others };
}

function parsePrice(text: string): [string, number] | undefined {
  const [name = "", digits = "", ...rest] = text.split(":");
  if (rest.length > 0 || !price.test(digits)) return undefined;
  return name === "*" || isSupportedCountry(name) ? [name, parseMicro(digits)] : undefined;
}

/** `0.0083` is 8300. By digits, not by multiplication: 0.0083 is no binary fraction. */
function parseMicro(digits: string): number {
  const [whole = "", fraction = ""] = digits.split(".");
  return Number(whole + fraction.padEnd(6, "0"));
}
