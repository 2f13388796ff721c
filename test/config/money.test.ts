import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMoney } from "../../src/config/money.ts";
import { EnvReader } from "../../src/lib/env-reader.ts";

const prices = "US:0.0083,GB:0.04,*:0.10";

function read(env: Record<string, string>) {
  const reader = new EnvReader(env);
  const money = readMoney(reader);
  return { money, problems: reader.problems };
}

describe("the money settings", () => {
  it("are millionths, exactly", () => {
    expect(read({ BUDGET_MONEY: "50USD/1d", COUNTRY_PRICES: prices })).toEqual({
      money: {
        microPrices: { US: 8300, GB: 40_000, "*": 100_000 },
        microBudget: 50_000_000,
        currency: "USD",
      },
      problems: [],
    });
    const { money } = read({ BUDGET_MONEY: "0.000001EUR/1d", COUNTRY_PRICES: "*:7.5" });
    expect(money).toEqual({ microPrices: { "*": 7_500_000 }, microBudget: 1, currency: "EUR" });
  });

  it("are exact for every amount of six decimals", () => {
    fc.assert(
      fc.property(fc.nat(9_999_999), fc.nat(999_999), (whole, fraction) => {
        const text = `${whole}.${String(fraction).padStart(6, "0")}`;
        const { money } = read({ BUDGET_MONEY: "1USD/1d", COUNTRY_PRICES: `*:${text}` });
        expect(money?.microPrices["*"]).toBe(whole * 1_000_000 + fraction);
      }),
    );
  });

  it("are nothing where there is no budget, with or without prices", () => {
    expect(read({})).toEqual({ money: undefined, problems: [] });
    expect(read({ COUNTRY_PRICES: prices })).toEqual({ money: undefined, problems: [] });
  });

  it.each(["50", "50USD", "50usd/1d", "50USD/1h", "0USD/1d", "0.0USD/1d", "-5USD/1d", "05USD/1d"])(
    "refuse the budget %s by its name",
    (budget) => {
      const { money, problems } = read({ BUDGET_MONEY: budget, COUNTRY_PRICES: prices });
      expect(money).toBeUndefined();
      expect(problems).toEqual([expect.stringMatching(/^BUDGET_MONEY: /)]);
    },
  );

  it.each([
    "US:0.01",
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
  ])("refuse the prices %s by their name, a budget or not", (listed) => {
    for (const env of [{ COUNTRY_PRICES: listed }, { COUNTRY_PRICES: "" }]) {
      const { money, problems } = read({ BUDGET_MONEY: "50USD/1d", ...env });
      expect(money).toBeUndefined();
      for (const problem of problems) expect(problem).toMatch(/^COUNTRY_PRICES: /);
      expect(problems.length).toBeGreaterThan(0);
    }
    expect(read({ COUNTRY_PRICES: listed }).problems.length).toBeGreaterThan(0);
  });
});
