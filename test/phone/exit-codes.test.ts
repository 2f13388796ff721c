import * as fc from "fast-check";
import examples from "libphonenumber-js/examples.mobile.json";
import {
  getCountries,
  getCountryCallingCode,
  getExampleNumber,
  Metadata,
  parsePhoneNumberFromString,
  type PhoneNumber as LibraryNumber,
} from "libphonenumber-js/max";
import { describe, expect, it } from "vitest";
import { parsePhoneNumber, type CountryCode } from "../../src/phone/number.ts";

function e164Of(input: string, country?: CountryCode): string {
  const outcome = parsePhoneNumber(input, { country, allowedCountries: undefined });
  return outcome.kind === "ok" ? outcome.number.e164 : outcome.kind;
}

describe("a number behind an exit code", () => {
  it.each<[string, CountryCode, string]>([
    ["001 65 8321 4567", "HK", "+6583214567"],
    ["001-65-8321-4567", "HK", "+6583214567"],
    ["(001) 65 8321 4567", "HK", "+6583214567"],
    ["00 1 658 321 4567", "HK", "+16583214567"],
    ["001 (658) 321-4567", "HK", "+16583214567"],
    ["001 44 7400 123456", "KR", "+447400123456"],
    ["002 44 7400 123456", "KR", "+447400123456"],
    ["00700447400123456", "KR", "+447400123456"],
    ["0082 10-2000-0000", "KR", "+821020000000"],
    ["010 44 7400 123456", "JP", "+447400123456"],
    ["010447400123456", "JP", "+447400123456"],
    ["011 44 7400 123456", "US", "+447400123456"],
    ["011447400123456", "JM", "+447400123456"],
    ["011 683 4000", "US", "+6834000"],
    ["0011 44 7400 123456", "AU", "+447400123456"],
    ["0011447400123456", "AU", "+447400123456"],
    ["0015 44 7400 123456", "BR", "+447400123456"],
    ["119 44 7400 123456", "CU", "+447400123456"],
    ["8 10 44 7400 123456", "RU", "+447400123456"],
    ["00 44 7400 123456", "JP", "+447400123456"],
    ["0044 7400 123456", "US", "+447400123456"],
  ])(
    "is read with the country's own exit codes and with 00: %s in %s is %s",
    (text, country, e164) => {
      expect(e164Of(text, country)).toBe(e164);
    },
  );

  it.each<[string, CountryCode]>([
    // 001 and Singapore, or 00 and Jamaica.
    ["0016583214567", "HK"],
    ["00 16583214567", "HK"],
    ["001 6583214567", "HK"],
    // 001 and Gambia, or 00 and Ohio: grouped as both plans group them.
    ["001 220 345 6789", "HK"],
    // 001 and Egypt, or 00 and New Jersey.
    ["0012015550123", "KR"],
  ])("is refused if two readings are equally good: %s in %s", (text, country) => {
    expect(e164Of(text, country)).toBe("invalid");
  });

  it.each<[string, CountryCode?]>([
    ["0044 7400 123456"],
    ["011 44 7400 123456"],
    ["00 1 415 555 2671"],
    // This is the exit code of another country.
    ["011 44 7400 123456", "GB"],
    ["010 44 7400 123456", "US"],
    // The single 0 of Samoa is a trunk prefix elsewhere.
    ["044 7400 123456", "WS"],
    // An Egyptian mobile, or 010 and a German landline.
    ["010 49846134", "JP"],
    // A Brazilian mobile, or 119 and a German landline.
    ["11 94947-7413", "CU"],
  ])("is refused if the exit code is uncertain: %s in %s", (text, country) => {
    expect(e164Of(text, country)).toBe("invalid");
  });
});

describe("Mexico's 1 from before 2019", () => {
  it.each<[string, CountryCode?]>([
    ["+52 1 55 1234 5678"],
    ["+52 55 1234 5678"],
    ["011 52 1 55 1234 5678", "US"],
    ["011 52 55 1234 5678", "US"],
    ["010 52 1 55 1234 5678", "JP"],
    ["0052 1 55 1234 5678", "DE"],
    ["00 52 1 55 1234 5678", "MX"],
    ["521 55 1234 5678", "MX"],
    ["52 55 1234 5678", "MX"],
    ["55 1234 5678", "MX"],
  ])("is not part of the number: %s (%s)", (text, country) => {
    expect(e164Of(text, country)).toBe("+525512345678");
  });
});

describe("Argentina's 9", () => {
  it("distinguishes a mobile from a fixed line, so the number with it differs from the number without it", () => {
    for (const text of ["+54 9 11 2345-6789", "+54 11 15 2345-6789", "0054 9 11 2345-6789"])
      expect(e164Of(text, "AR")).toBe("+5491123456789");
    for (const text of ["+54 11 2345-6789", "011 2345-6789"])
      expect(e164Of(text, "AR")).toBe("+541123456789");
  });
});

const exitCodePattern = (country: CountryCode): string => {
  const plan = new Metadata();
  plan.selectNumberingPlan(country);
  return plan.numberingPlan?.IDDPrefix() ?? "";
};

describe("in every country with its own exit code", () => {
  const countries = getCountries().filter((country) => exitCodePattern(country) !== "00");
  /** Countries of all zones, including shared calling codes and short numbers. */
  const others: readonly CountryCode[] = [
    ...(["US", "JM", "GB", "DE", "FR", "IT", "NO", "CZ", "RU", "EG"] as const),
    ...(["NG", "CI", "BR", "AR", "MX", "SG", "CN", "IN", "VN", "FJ"] as const),
  ];

  /** Returns fifty valid numbers of a country, the same in each run. */
  function numbersOf(country: CountryCode): LibraryNumber[] {
    const example = getExampleNumber(country, examples);
    if (example === undefined) throw new Error(`no example for ${country}`);
    const { countryCallingCode, nationalNumber } = example;
    const changedFrom = fc.integer({ min: 1, max: nationalNumber.length - 1 });
    const tail = fc.stringMatching(/^\d{15}$/);
    const numbers = fc
      .tuple(changedFrom, tail)
      .map(([at, digits]) => nationalNumber.slice(0, at) + digits)
      .map((digits) => `+${countryCallingCode}${digits.slice(0, nationalNumber.length)}`)
      .map((text) => parsePhoneNumberFromString(text))
      .filter((number) => number?.isValid() === true && e164Of(number.number) === number.number);
    return fc.sample(numbers, { numRuns: 50, seed: 1 }).filter((number) => number !== undefined);
  }

  const foreign = others.flatMap(numbersOf);
  /**
   * Returns fifty of the thousand numbers, from all twenty countries, different for each country.
   */
  const fiftyFor = (country: CountryCode) => {
    const offset = countries.indexOf(country) % others.length;
    return foreign.filter(
      (_, index) => (index + Math.floor(index / 50)) % others.length === offset,
    );
  };

  it("the test has countries and numbers", () => {
    expect(countries).toEqual(expect.arrayContaining(["HK", "KR", "JP", "US", "AU", "BR", "RU"]));
    expect(countries.length).toBeGreaterThan(70);
    expect(foreign).toHaveLength(1000);
    for (const country of countries) {
      const numbers = fiftyFor(country);
      expect(numbers).toHaveLength(50);
      const codes = new Set(numbers.map((number) => number.countryCallingCode));
      expect(codes.size).toBeGreaterThanOrEqual(19);
    }
  });

  it.each(countries)(
    "%s: another country's number is read correctly or refused in each spelling",
    (country) => {
      const codes = fc.sample(fc.stringMatching(new RegExp(`^(?:${exitCodePattern(country)})$`)), {
        numRuns: 50,
        seed: 1,
      });
      const exitCodes = ["00", ...new Set(codes)].slice(0, 4);
      const callingCode = getCountryCallingCode(country);
      const counts = { read: 0, refused: 0 };
      for (const number of fiftyFor(country)) {
        const { number: e164 } = number;
        const digits = e164.slice(1);
        const grouped = number.formatInternational();
        for (const text of [e164, grouped]) expect(e164Of(text, country)).toBe(e164);
        for (const code of exitCodes) {
          const texts = [
            `${code}${digits}`,
            `${code} ${grouped.slice(1)}`,
            `${code}${grouped.slice(1)}`,
          ];
          for (const text of texts) {
            const read = e164Of(text, country);
            counts[read === e164 ? "read" : "refused"] += 1;
            if (read !== e164) expect([text, read]).toEqual([text, "invalid"]);
          }
        }
        // A national number without its country is refused, or read as a number of the named
        // country.
        for (const text of [number.formatNational(), number.nationalNumber]) {
          const read = e164Of(text, country);
          if (read.startsWith("+") && !read.startsWith(`+${callingCode}`))
            expect([text, read]).toEqual([text, e164]);
        }
      }
      // Only numbers with two readings are refused, and most have one. (A single 0 is never read.)
      expect(counts.read).toBeGreaterThanOrEqual(counts.refused);
    },
  );
});
