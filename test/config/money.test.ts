import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMoney, type Served } from "../../src/config/money.ts";
import { EnvReader } from "../../src/lib/env-reader.ts";

const prices = "US:0.0083,GB:0.04,*:0.10";

const texts: Served = { channels: ["sms"], allowedCountries: undefined };

function read(env: Record<string, string>, served = texts) {
  const reader = new EnvReader(env);
  const money = readMoney(reader, served);
  return { money, problems: reader.problems };
}

describe("the money settings", () => {
  it("are read as exact millionths", () => {
    expect(read({ BUDGET_MONEY: "50USD/1d", COUNTRY_PRICES: prices })).toEqual({
      money: {
        microPrices: { "US/sms": 8300, "GB/sms": 40_000, "*/sms": 100_000 },
        microBudget: 50_000_000,
        currency: "USD",
      },
      problems: [],
    });
    const { money } = read({ BUDGET_MONEY: "0.000001EUR/1d", COUNTRY_PRICES: "*:7.5" });
    expect(money).toEqual({ microPrices: { "*/sms": 7_500_000 }, microBudget: 1, currency: "EUR" });
  });

  it("are exact for every amount of six decimals", () => {
    fc.assert(
      fc.property(fc.nat(9_999_999), fc.nat(999_999), (whole, fraction) => {
        const text = `${whole}.${String(fraction).padStart(6, "0")}`;
        const { money } = read({ BUDGET_MONEY: "1USD/1d", COUNTRY_PRICES: `*:${text}` });
        expect(money?.microPrices["*/sms"]).toBe(whole * 1_000_000 + fraction);
      }),
    );
  });

  it("are undefined without a budget, with or without prices", () => {
    expect(read({})).toEqual({ money: undefined, problems: [] });
    expect(read({ COUNTRY_PRICES: prices })).toEqual({ money: undefined, problems: [] });
  });

  it.each(["50", "50USD", "50usd/1d", "50USD/1h", "0USD/1d", "0.0USD/1d", "-5USD/1d", "05USD/1d"])(
    "refuse the budget %s, and the error names the setting",
    (budget) => {
      const { money, problems } = read({ BUDGET_MONEY: budget, COUNTRY_PRICES: prices });
      expect(money).toBeUndefined();
      expect(problems).toEqual([expect.stringMatching(/^BUDGET_MONEY: /)]);
    },
  );

  it("have a price for each channel", () => {
    const listed = "US:0.0083,US/call:0.02,*/whatsapp:0.05,*:0.10,*/call:0.3,GB/sms:0.04";
    expect(read({ BUDGET_MONEY: "50USD/1d", COUNTRY_PRICES: listed }).money?.microPrices).toEqual({
      "US/sms": 8300,
      "US/call": 20_000,
      "*/whatsapp": 50_000,
      "*/sms": 100_000,
      "*/call": 300_000,
      "GB/sms": 40_000,
    });
  });

  it.each([
    ["US:0.01", undefined, ["sms"], "\\*"],
    ["US:0.01", ["US", "GB"], ["sms"], "\\*"],
    ["*:0.01", ["US"], ["sms", "call"], "\\*/call"],
    ["*:0.01,US/call:0.1", ["US", "GB"], ["sms", "call"], "\\*/call"],
    ["*:0.01", undefined, ["call", "whatsapp"], "\\*/call, \\*/whatsapp"],
  ] as const)(
    "%s are too few for the countries %o and the channels %o, and the error names what has no price",
    (COUNTRY_PRICES, countries, channels, missing) => {
      const allowedCountries = countries && new Set<string>(countries);
      const served: Served = { channels, allowedCountries };
      const { money, problems } = read({ BUDGET_MONEY: "50USD/1d", COUNTRY_PRICES }, served);
      expect(money).toBeUndefined();
      expect(problems).toEqual([
        expect.stringMatching(new RegExp(`^COUNTRY_PRICES: .* add ${missing} for`)),
      ]);
      expect(read({ COUNTRY_PRICES }, served).problems).toEqual([]);
    },
  );

  it("need no default price if each served country has its own", () => {
    const served: Served = { channels: ["sms", "call"], allowedCountries: new Set(["US"]) };
    const COUNTRY_PRICES = "US:0.0083,US/call:0.02";
    expect(read({ BUDGET_MONEY: "50USD/1d", COUNTRY_PRICES }, served).problems).toEqual([]);
  });

  it.each([
    "*",
    "*:",
    "*:.5",
    "*:1.",
    "*:1e3",
    "*:-1",
    "*:0.0000001",
    "*:1,US:1,US:2",
    "*:1,us:1",
    "*:1,ZZ:1",
    "*:1:2",
    "*:1,",
    "*:1,US/fax:1",
    "*:1,US/call/sms:1",
    "*:1,*/sms:2",
    "*:1,/call:1",
  ])(
    "refuse the prices %s, with or without a budget, and the error names the setting",
    (listed) => {
      for (const env of [{ COUNTRY_PRICES: listed }, { COUNTRY_PRICES: "" }]) {
        const { money, problems } = read({ BUDGET_MONEY: "50USD/1d", ...env });
        expect(money).toBeUndefined();
        for (const problem of problems) expect(problem).toMatch(/^COUNTRY_PRICES: /);
        expect(problems.length).toBeGreaterThan(0);
      }
      expect(read({ COUNTRY_PRICES: listed }).problems.length).toBeGreaterThan(0);
    },
  );
});

describe("VERIFY_PRICE", () => {
  const readPrice = (VERIFY_PRICE: string) =>
    read({ BUDGET_MONEY: "50USD/1d", COUNTRY_PRICES: prices, VERIFY_PRICE });

  it("is one price, or one price for each country", () => {
    expect(readPrice("0.05").money?.verifyMicroPrices).toEqual({ "*": 50_000 });
    const { money } = readPrice("US:0.05,GB:0,*:0.000001");
    expect(money?.verifyMicroPrices).toEqual({ US: 50_000, GB: 0, "*": 1 });
    expect(readPrice("").money).not.toHaveProperty("verifyMicroPrices");
  });

  it.each([
    ["free", "entry 1"],
    ["0.05USD", "entry 1"],
    ["US:0.05,UK:0.06,*:0.05", "entry 2"],
    ["*:0.05,US:0.05,US:0.06", "entry 3"],
    ["US/sms:0.05,*:0.05", "entry 1"],
    ["US:0.05", "must have a price for *"],
  ])("refuses %s", (text, expected) => {
    const { problems } = readPrice(text);
    expect(problems).toEqual([expect.stringContaining(`VERIFY_PRICE: ${expected}`)]);
  });
});
