import { isSupportedCountry } from "libphonenumber-js/max";
import { channels, standardChannel, type Channel } from "../contract/channels.ts";
import type { EnvReader } from "../lib/env-reader.ts";
import { amount, parseMicro, price } from "./money-amount.ts";
import { readVerifyPrices, type VerifyPrices } from "./verify-price.ts";

/** Amounts are integers, in millionths of the budget's currency, so that sums are exact. */
export interface Money {
  /**
   * The price of one send, by `priceKey`. The country `*` stands for all countries that are not
   * named.
   */
  readonly microPrices: Readonly<Record<string, number>>;
  /** Undefined if approvals have no price. */
  readonly verifyMicroPrices?: VerifyPrices | undefined;
  /** The budget of one UTC day. */
  readonly microBudget: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** What the settings allow. Each allowed channel needs a price for each allowed country. */
export interface Served {
  readonly channels: readonly Channel[];
  /** Undefined means all countries. */
  readonly allowedCountries: ReadonlySet<string> | undefined;
}

/** Returns the key of a price, such as `US/call`. In the setting, prices for `sms` name no channel. */
export const priceKey = (country: string, channel: Channel): string => `${country}/${channel}`;

const budget = new RegExp(`(${amount.source})([A-Z]{3})/1d$`);
const settingName = "COUNTRY_PRICES";

/** Reads the money budget. Returns undefined without one: then only the number of sends is limited. */
export function readMoney(reader: EnvReader, served: Served): Money | undefined {
  const text = reader.matching("BUDGET_MONEY", budget, "must be money a day, such as 50USD/1d");
  const microPrices = readPrices(reader);
  const verifyMicroPrices = readVerifyPrices(reader);
  if (text === undefined || microPrices === undefined) return undefined;
  const [, digits = "", currency = ""] = budget.exec(text) ?? [];
  const microBudget = parseMicro(digits);
  if (microBudget === 0) return reader.problem("BUDGET_MONEY", "must be more than 0");
  const free = served.channels.filter((channel) => !isPriced(channel, microPrices, served));
  // Sends without a price would not be limited by the budget.
  if (free.length > 0) return reader.problem(settingName, cureFor(free));
  return { microPrices, microBudget, currency, ...(verifyMicroPrices && { verifyMicroPrices }) };
}

function readPrices(reader: EnvReader): Money["microPrices"] | undefined {
  const prices = reader.list(settingName).map(parsePrice);
  const keys = prices.map((each) => each?.[0]);
  const isWrong = keys.map((key, index) => key === undefined || keys.indexOf(key) < index);
  reader.wrongEntries(
    settingName,
    isWrong,
    "must be the price of a send by country, such as US:0.0083,US/call:0.02,*:0.10, no price twice",
  );
  if (isWrong.includes(true)) return undefined;
  return Object.fromEntries(prices.filter((each) => each !== undefined));
}

/** Parses `US:0.0083` (a text), `US/call:0.02` (a call) and `*:0.10` (all other countries). */
function parsePrice(text: string): [string, number] | undefined {
  const [name = "", digits = "", ...rest] = text.split(":");
  if (rest.length > 0 || !price.test(digits)) return undefined;
  const [country = "", named = standardChannel, ...more] = name.split("/");
  const channel = channels.find((each) => each === named);
  const isCountry = country === "*" || isSupportedCountry(country);
  if (channel === undefined || !isCountry || more.length > 0) return undefined;
  return [priceKey(country, channel), parseMicro(digits)];
}

function isPriced(
  channel: Channel,
  prices: Money["microPrices"],
  { allowedCountries }: Served,
): boolean {
  const has = (country: string) => prices[priceKey(country, channel)] !== undefined;
  return has("*") || (allowedCountries !== undefined && [...allowedCountries].every(has));
}

function cureFor(free: readonly Channel[]): string {
  const missing = free
    .map((channel) => (channel === standardChannel ? "*" : `*/${channel}`))
    .join(", ");
  return `needs, with BUDGET_MONEY, a price of each allowed channel for each allowed country: add ${missing} for all other countries, or remove the channel from CHANNELS`;
}
