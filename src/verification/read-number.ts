import type { Config } from "../config.ts";
import { liveTestNumbers, type TestNumber } from "../config/test-numbers.ts";
import { isCountryCode, parsePhoneNumber, type PhoneNumber } from "../phone/number.ts";
import { readSpelling } from "../lib/number-spelling.ts";
import type { Trouble } from "../sending/engine.ts";

/** Reads the number of a request. Without a plus it is read for `country` or `DEFAULT_COUNTRY`. */
export function readNumber(
  request: { readonly to: string; readonly country?: string | undefined },
  config: Pick<Config, "defaultCountry" | "allowedCountries" | "extraRanges" | "testNumbers">,
  nowMs: number,
): { kind: "ok"; number: PhoneNumber; test: TestNumber | undefined } | Trouble {
  const named = request.country ?? config.defaultCountry;
  if (named !== undefined && !isCountryCode(named)) return { kind: "unsupported_country" };
  const { allowedCountries, extraRanges } = config;
  const testNumbers = liveTestNumbers(config.testNumbers, nowMs);
  const options = { country: named, allowedCountries, extraRanges, testNumbers };
  const outcome = parsePhoneNumber(request.to, options);
  if (outcome.kind === "ok") {
    const { e164 } = outcome.number;
    return { ...outcome, test: testNumbers.find((each) => each.e164 === e164) };
  }
  if (outcome.kind !== "invalid") return outcome;
  const hasNoPlus = readSpelling(request.to)?.digits.startsWith("+") === false;
  return { kind: "invalid_phone_number", needsCountry: hasNoPlus && request.country === undefined };
}
