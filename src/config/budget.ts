import { isSupportedCountry } from "libphonenumber-js/max";
import type { EnvReader } from "../lib/env-reader.ts";

/** The most sends in a UTC day. The key `*` is the cap of each country that is not named. */
export interface BudgetCaps {
  readonly total: number;
  readonly countries: Readonly<Record<string, number>>;
  /** Percent of each cap, also of the money, that anonymous callers cannot use. */
  readonly reservedPercent: number;
}

const standardTotal = 1000;
const standardReservedPercent = 20;
const cap = /^([1-9]\d{0,7})\/1d$/;

/** Reads `LIMIT_SEND_TOTAL`, `COUNTRY_CAPS` and `BUDGET_RESERVED`. */
export function readBudget(reader: EnvReader): BudgetCaps {
  const total = reader.matching("LIMIT_SEND_TOTAL", cap, "must be sends a day, such as 1000/1d");
  const countries = reader.list("COUNTRY_CAPS").map(parseCountryCap);
  const good = countries.filter((each) => each !== undefined);
  const names = countries.map((each) => each?.[0]);
  reader.wrongEntries(
    "COUNTRY_CAPS",
    names.map((name, index) => name === undefined || names.indexOf(name) < index),
    "must be sends a day by country, such as US:5000/1d,GB:500/1d,*:100/1d, no country twice",
  );
  const most = total === undefined ? standardTotal : Number.parseInt(total, 10);
  if (good.some(([, sends]) => sends > most))
    reader.problem(
      "COUNTRY_CAPS",
      "caps a country above LIMIT_SEND_TOTAL: raise that limit, or lower the cap",
    );
  const reserved = reader.matching(
    "BUDGET_RESERVED",
    /^(?:\d|[1-8]\d|90)%$/,
    "must be a share of every cap from 0% to 90%, such as 20%",
  );
  const reservedPercent =
    reserved === undefined ? standardReservedPercent : Number.parseInt(reserved, 10);
  return { total: most, countries: Object.fromEntries(good), reservedPercent };
}

function parseCountryCap(text: string): [string, number] | undefined {
  const [name = "", sends = "", ...rest] = text.split(":");
  if (rest.length > 0 || !cap.test(sends)) return undefined;
  return name === "*" || isSupportedCountry(name) ? [name, Number.parseInt(sends, 10)] : undefined;
}
