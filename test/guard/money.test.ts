import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Money } from "../../src/config/money.ts";
import {
  countApproval,
  countSend,
  judgeMoney,
  microPrice,
  sendsByChannel,
  spentMicro,
  type AlertPercent,
  type DaySends,
} from "../../src/guard/money.ts";
import type { Channel } from "../../src/contract/channels.ts";

const money: Money = {
  microPrices: { "US/sms": 8300, "*/sms": 100_000, "US/call": 20_000, "*/call": 300_000 },
  microBudget: 1_000_000,
  currency: "USD",
};

const none: DaySends = { countries: {}, notTexts: {} };

/** Plays a day of sends. Sends within the budget are made, and alerts are recorded. */
function play(countries: readonly string[], prices: Money = money, channel: Channel = "sms") {
  let sends = none;
  const alerted: AlertPercent[] = [];
  return countries.map((country) => {
    const withThis = Object.freeze(countSend(sends, { country, channel }, 1));
    const outcome = judgeMoney(withThis, [...alerted], prices);
    if (outcome.kind === "within") sends = withThis;
    alerted.push(...outcome.alerts);
    return { ...outcome, spent: spentMicro(sends, prices) };
  });
}

describe("the day's money", () => {
  it("refuses a send that costs more than the rest, and does not count it", () => {
    const outcomes = play(Array<string>(12).fill("FR"));
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      ...Array<string>(10).fill("within"),
      "over",
      "over",
    ]);
    expect(outcomes.at(-1)).toMatchObject({ spent: 1_000_000 });
  });

  it("still pays a cheap send when an expensive one is too much", () => {
    const outcomes = play([...Array<string>(9).fill("FR"), "US", "FR", "US"]);
    expect(outcomes.slice(9).map(({ kind }) => kind)).toEqual(["within", "over", "within"]);
  });

  it("alerts at 50, 80 and 100 percent, each once", () => {
    const alerts = play(Array<string>(12).fill("FR")).map((outcome) => outcome.alerts);
    expect(alerts).toEqual([[], [], [], [], [50], [], [], [80], [], [100], [], []]);
  });

  it("alerts at 100 percent also if the rest is too little for a send", () => {
    const outcomes = play([...Array<string>(9).fill("FR"), "US", "FR", "FR"]);
    expect(outcomes.slice(9).map(({ alerts }) => alerts)).toEqual([[], [100], []]);
  });

  it("sends all alerts at once if one send uses everything", () => {
    const [outcome] = play(["FR"], { ...money, microBudget: 100_000 });
    expect(outcome).toEqual({ kind: "within", spent: 100_000, alerts: [50, 80, 100] });
  });

  it("is never exceeded and exact, with integers, in any order", () => {
    const price = fc.nat(3_000_000);
    fc.assert(
      fc.property(
        price,
        price,
        fc.integer({ min: 1, max: 20_000_000 }),
        fc.array(fc.constantFrom("US", "FR", "GB"), { maxLength: 60 }),
        fc.constantFrom<Channel>("sms", "call", "whatsapp"),
        (us, others, microBudget, sends, channel) => {
          const prices: Money = {
            microPrices: { [`US/${channel}`]: us, [`*/${channel}`]: others, "FR/sms": 1 },
            microBudget,
            currency: "X",
          };
          let spent = 0;
          for (const [index, outcome] of play(sends, prices, channel).entries()) {
            const isText = channel === "sms" && sends[index] === "FR";
            const cost = isText ? 1 : sends[index] === "US" ? us : others;
            expect(outcome.kind).toBe(spent + cost > microBudget ? "over" : "within");
            if (outcome.kind === "within") spent += cost;
            expect(outcome.spent).toBe(spent);
            expect(Number.isSafeInteger(spent)).toBe(true);
          }
        },
      ),
    );
  });

  it("is the sum of counts times the prices of their channels", () => {
    const texts = { countries: { US: 3, FR: 2, GB: 1 }, notTexts: {} };
    expect(spentMicro(texts, money)).toBe(3 * 8300 + 3 * 100_000);
    expect(spentMicro(none, money)).toBe(0);
    const mixed = { countries: { US: 3, FR: 2 }, notTexts: { "US/call": 2, "FR/call": 1 } };
    expect(spentMicro(mixed, money)).toBe(8300 + 2 * 20_000 + 100_000 + 300_000);
    expect(sendsByChannel(mixed)).toMatchObject({ sms: 2, call: 3, whatsapp: 0 });
  });

  it("pays the highest price for a channel without one, because it was closed since", () => {
    expect(microPrice(money, "US", "whatsapp")).toBe(300_000);
    expect(microPrice(money, "FR", "call")).toBe(300_000);
    expect(microPrice(money, "US", "call")).toBe(20_000);
  });

  it("is given back with the price of the channel", () => {
    const call = { country: "US", channel: "call" } as const;
    const sends = countSend(countSend(none, call, 1), { country: "US", channel: "sms" }, 1);
    expect(spentMicro(countSend(sends, call, -1), money)).toBe(8300);
  });
});

describe("the additional costs of a send", () => {
  const paid: Money = { ...money, verifyMicroPrices: { US: 50_000, "*": 60_000 } };

  it("include each text after the first, and are given back with the send", () => {
    const send = { country: "US", channel: "sms", texts: 3 } as const;
    const sent = countSend(none, send, 1);
    expect(spentMicro(sent, paid)).toBe(3 * 8300);
    expect(spentMicro(countSend(sent, send, -1), paid)).toBe(0);
    // A call is one unit, even if its message would need several texts.
    expect(spentMicro(countSend(none, { ...send, channel: "call" }, 1), paid)).toBe(20_000);
  });

  it("include each approval by country, if it has a price", () => {
    const approved = ["US", "FR", "FR"].reduce(countApproval, none);
    expect(spentMicro(approved, paid)).toBe(170_000);
    expect(spentMicro(approved, money)).toBe(0);
  });
});
