import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Money } from "../../src/config/money.ts";
import { judgeMoney, spentMicro, type AlertPercent } from "../../src/guard/money.ts";

const money: Money = {
  microPrices: { US: 8300, "*": 100_000 },
  microBudget: 1_000_000,
  currency: "USD",
};

/** A day of sends; those that are within are made, and alerts are remembered. */
function play(countries: readonly string[], prices: Money = money) {
  let sends: Readonly<Record<string, number>> = {};
  const alerted: AlertPercent[] = [];
  return countries.map((country) => {
    const withThis = Object.freeze({ ...sends, [country]: (sends[country] ?? 0) + 1 });
    const outcome = judgeMoney(withThis, [...alerted], prices);
    if (outcome.kind === "within") sends = withThis;
    alerted.push(...outcome.alerts);
    return { ...outcome, spent: spentMicro(sends, prices) };
  });
}

describe("the day's money", () => {
  it("refuses the send that it has not enough for, and counts nothing of it", () => {
    const outcomes = play(Array<string>(12).fill("FR"));
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      ...Array<string>(10).fill("within"),
      "over",
      "over",
    ]);
    expect(outcomes.at(-1)).toMatchObject({ spent: 1_000_000 });
  });

  it("still pays a cheap send when a dear one is too much", () => {
    const outcomes = play([...Array<string>(9).fill("FR"), "US", "FR", "US"]);
    expect(outcomes.slice(9).map(({ kind }) => kind)).toEqual(["within", "over", "within"]);
  });

  it("alerts at 50, 80 and 100 percent, each once", () => {
    const alerts = play(Array<string>(12).fill("FR")).map((outcome) => outcome.alerts);
    expect(alerts).toEqual([[], [], [], [], [50], [], [], [80], [], [100], [], []]);
  });

  it("alerts at 100 percent also where what is left is too little for a send", () => {
    const outcomes = play([...Array<string>(9).fill("FR"), "US", "FR", "FR"]);
    expect(outcomes.slice(9).map(({ alerts }) => alerts)).toEqual([[], [100], []]);
  });

  it("gives all alerts at once where one send takes all", () => {
    const [outcome] = play(["FR"], { ...money, microBudget: 100_000 });
    expect(outcome).toEqual({ kind: "within", spent: 100_000, alerts: [50, 80, 100] });
  });

  it("is never passed, and is exact: integers, in whatever order", () => {
    const price = fc.nat(3_000_000);
    fc.assert(
      fc.property(
        price,
        price,
        fc.integer({ min: 1, max: 20_000_000 }),
        fc.array(fc.constantFrom("US", "FR", "GB"), { maxLength: 60 }),
        (us, others, microBudget, sends) => {
          const prices: Money = {
            microPrices: { US: us, "*": others },
            microBudget,
            currency: "X",
          };
          let spent = 0;
          for (const [index, outcome] of play(sends, prices).entries()) {
            const cost = sends[index] === "US" ? us : others;
            expect(outcome.kind).toBe(spent + cost > microBudget ? "over" : "within");
            if (outcome.kind === "within") spent += cost;
            expect(outcome.spent).toBe(spent);
            expect(Number.isSafeInteger(spent)).toBe(true);
          }
        },
      ),
    );
  });

  it("is the counts times the prices", () => {
    expect(spentMicro({ US: 3, FR: 2, GB: 1 }, money)).toBe(3 * 8300 + 3 * 100_000);
    expect(spentMicro({}, money)).toBe(0);
  });
});
