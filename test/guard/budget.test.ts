import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BudgetCaps } from "../../src/config/budget.ts";
import {
  emptyBudget,
  reserveSpend,
  settleSpend,
  type Budget,
  type BudgetOutcome,
} from "../../src/guard/budget.ts";
import type { Standing } from "../../src/guard/standing.ts";
import { runs } from "../helpers/runs.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const noonMs = Date.UTC(2026, 10, 22, 12);

/** The budget and its clock. Each rule gets a frozen budget, and its result is stored as JSON. */
class BudgetPlay {
  budget: Budget = emptyBudget();
  nowMs = noonMs;
  readonly caps: BudgetCaps;

  constructor(total: number, countries: BudgetCaps["countries"] = {}, reservedPercent = 0) {
    this.caps = { total, countries, reservedPercent };
  }

  reserve(id: string, country = "US", standing: Standing = "stranger"): BudgetOutcome {
    const send = { id, country, standing };
    const { outcome, next } = reserveSpend(
      frozen(this.budget),
      send,
      { caps: this.caps },
      this.nowMs,
    );
    this.#save(next);
    return outcome;
  }

  kind(id: string, country = "US"): string {
    const outcome = this.reserve(id, country);
    return outcome.kind === "send_budget_exhausted" ? outcome.cap : outcome.kind;
  }

  /** Reserves a send and settles it as sent. */
  spend(id: string, country = "US"): string {
    const kind = this.kind(id, country);
    this.settle(id, true);
    return kind;
  }

  settle(id: string, sent: boolean): void {
    this.#save(settleSpend(frozen(this.budget), { id, sent }, this.nowMs));
  }

  #save(next: Budget): void {
    this.budget = JSON.parse(JSON.stringify(next)) as Budget;
    expect(this.budget).toEqual(next);
  }
}

function frozen(budget: Budget): Budget {
  for (const part of [
    budget,
    budget.countries,
    budget.reached,
    budget.open,
    ...Object.values(budget.open),
  ])
    Object.freeze(part);
  return budget;
}

describe("the day's budget", () => {
  it("refuses the send over its total, for any country", () => {
    const play = new BudgetPlay(2);
    expect([play.spend("a"), play.spend("b", "GB"), play.spend("c", "FR")]).toEqual([
      "reserved",
      "reserved",
      "total",
    ]);
  });

  it("refuses the send over its country's cap, but not sends of other countries", () => {
    const play = new BudgetPlay(10, { US: 1 });
    expect([play.spend("a"), play.spend("b"), play.spend("c", "GB")]).toEqual([
      "reserved",
      "country",
      "reserved",
    ]);
  });

  it("limits each country that is not named by the cap of *", () => {
    const play = new BudgetPlay(10, { US: 2, "*": 1 });
    const kinds = ["US", "US", "US", "GB", "GB", "FR", "FR"].map((country, index) =>
      play.spend(`send ${index}`, country),
    );
    expect(kinds).toEqual([
      "reserved",
      "reserved",
      "country",
      "reserved",
      "country",
      "reserved",
      "country",
    ]);
  });

  it("is reset at midnight UTC, and returns that time", () => {
    const play = new BudgetPlay(1);
    play.spend("a");
    play.nowMs = noonMs + 5 * minute;
    expect(play.reserve("b")).toEqual({
      kind: "send_budget_exhausted",
      cap: "total",
      callers: "all",
      isFirst: true,
      retryAfterMs: 12 * hour - 5 * minute,
    });
    play.nowMs = noonMs + 12 * hour - 1;
    expect(play.reserve("b")).toMatchObject({ retryAfterMs: 1 });
    play.nowMs += 1;
    expect(play.spend("b")).toBe("reserved");
    expect(play.budget).toMatchObject({ day: "2026-11-23", total: 1, countries: { US: 1 } });
  });

  it("is not reset by a clock that goes back before midnight", () => {
    const play = new BudgetPlay(1);
    play.nowMs = noonMs + 12 * hour;
    play.spend("a");
    play.nowMs -= 1;
    expect(play.spend("b")).toBe("total");
    play.nowMs += 1;
    expect(play.spend("c")).toBe("total");
  });

  it("reports once a day for each cap that it was reached, for the alert", () => {
    const play = new BudgetPlay(2, { US: 1 });
    const firsts = (ids: string[], country?: string) =>
      ids.map((id) => {
        const { isFirst } = { isFirst: undefined, ...play.reserve(id, country) };
        play.settle(id, true);
        return isFirst;
      });
    expect(firsts(["a", "b", "c"])).toEqual([undefined, true, false]);
    expect(firsts(["d", "e", "f"], "GB")).toEqual([undefined, true, false]);
    play.nowMs += day;
    expect(firsts(["g", "h", "i"])).toEqual([undefined, true, false]);
  });

  it("does not count refused sends", () => {
    const play = new BudgetPlay(1);
    play.spend("a");
    play.reserve("b");
    const before = play.budget;
    play.reserve("b");
    play.settle("b", false);
    expect(play.budget).toEqual(before);
  });

  it("is busy and not reached while it is full with sends in flight, because they may be given back", () => {
    const play = new BudgetPlay(2, { GB: 1 });
    const busy = { kind: "send_budget_busy", retryAfterMs: 2 * second };
    play.reserve("a", "GB");
    expect(play.reserve("b", "GB")).toEqual(busy);
    play.reserve("c");
    for (const country of ["US", "GB"]) expect(play.reserve("d", country)).toEqual(busy);
    expect(play.budget.reached).toEqual([]);
    play.settle("a", false);
    expect(play.spend("e", "GB")).toBe("reserved");
    expect(play.reserve("f", "GB")).toMatchObject({ cap: "country", isFirst: true });
    play.settle("c", true);
    expect(play.reserve("f")).toMatchObject({ cap: "total", isFirst: true });
  });

  it("can be reached again after the cap was raised", () => {
    const play = new BudgetPlay(1);
    play.spend("a");
    expect(play.reserve("b")).toMatchObject({ isFirst: true });
    const raised = new BudgetPlay(2);
    raised.budget = play.budget;
    expect([raised.spend("b"), raised.reserve("c")]).toMatchObject(["reserved", { isFirst: true }]);
  });
});

describe("a reservation of the budget", () => {
  it("is idempotent: a retry counts once", () => {
    const play = new BudgetPlay(2);
    expect([play.kind("a"), play.kind("a"), play.kind("b"), play.kind("c")]).toEqual([
      "reserved",
      "reserved",
      "reserved",
      "send_budget_busy",
    ]);
  });

  it("is given back once when nothing was sent, even if it is settled several times", () => {
    const play = new BudgetPlay(2, { US: 2 });
    play.reserve("a");
    play.reserve("b");
    for (let times = 0; times < 3; times += 1) play.settle("a", false);
    expect(play.budget).toMatchObject({ total: 1, countries: { US: 1 } });
    expect([play.kind("c"), play.kind("d")]).toEqual(["reserved", "send_budget_busy"]);
  });

  it("is given back to its own country", () => {
    const play = new BudgetPlay(9, { US: 1, GB: 1 });
    play.reserve("a", "GB");
    play.reserve("b", "US");
    play.settle("a", false);
    expect([play.kind("c", "US"), play.kind("d", "GB")]).toEqual(["send_budget_busy", "reserved"]);
  });

  it("that was sent is never given back", () => {
    const play = new BudgetPlay(1);
    play.reserve("a");
    play.settle("a", true);
    play.settle("a", false);
    expect(play.kind("b")).toBe("total");
  });

  it("counts as sent from its deadline of 30 s on", () => {
    for (const [afterMs, kind] of [
      [30 * second - 1, "reserved"],
      [30 * second, "total"],
    ] as const) {
      const play = new BudgetPlay(1);
      play.reserve("a");
      play.nowMs += afterMs;
      play.settle("a", false);
      expect(play.kind("b")).toBe(kind);
    }
  });

  it("of yesterday changes nothing today", () => {
    const play = new BudgetPlay(2);
    play.nowMs = noonMs + 12 * hour - 1;
    play.reserve("a");
    play.nowMs += 1;
    play.reserve("b");
    play.settle("a", false);
    expect(play.budget).toMatchObject({ total: 1, countries: { US: 1 } });
  });

  it("is deleted after its deadline, so that the state stays small", () => {
    const play = new BudgetPlay(100_000);
    for (let sends = 0; sends < 500; sends += 1) {
      play.reserve(`send ${sends}`);
      play.nowMs += second;
    }
    expect(Object.keys(play.budget.open)).toHaveLength(30);
    expect(play.budget.total).toBe(500);
  });
});

describe("the budget under any order of events", () => {
  it("never exceeds a cap, gives back once and in time, and refuses only when full", () => {
    const step = fc.tuple(
      fc.constantFrom("reserve", "reserve", "reserve", "again", "sent", "released", "wait"),
      fc.nat(20),
      fc.constantFrom("US", "GB", "FR"),
      fc.constantFrom(1, second, 29 * second, 30 * second, hour, 12 * hour, day, -second),
    );
    const caps = fc.record({ US: fc.nat(3), "*": fc.nat(3) }, { requiredKeys: [] });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        caps,
        fc.array(step, { minLength: 10, maxLength: 40, size: "max" }),
        (total, countries, steps) => {
          const play = new BudgetPlay(total, countries);
          // The model: all reservations with their day, and whether they were given back.
          const sends: Reserved[] = [];
          let latestDay = 0;
          for (const [what, which, country, ms] of steps) {
            latestDay = Math.max(latestDay, Math.floor(play.nowMs / day));
            const known = sends.at(-1 - which);
            const today = sends.filter((send) => send.day === latestDay && !send.isBack);
            const inCountry = today.filter((send) => send.country === country);
            const cap = countries[country as "US"] ?? countries["*"] ?? Infinity;
            if (what === "wait") {
              play.nowMs += ms;
              play.settle("nobody", true);
            } else if (what === "reserve") {
              const isFull = today.length >= total || inCountry.length >= cap;
              const id = `send ${sends.length}`;
              const kind = play.kind(id, country);
              expect(kind === "reserved").toBe(!isFull);
              const isSpent =
                today.filter((send) => send.isOver).length >= total ||
                inCountry.filter((send) => send.isOver).length >= cap;
              expect(kind === "total" || kind === "country").toBe(isSpent);
              if (!isFull)
                sends.push({
                  id,
                  country,
                  day: latestDay,
                  atMs: play.nowMs,
                  isBack: false,
                  isOver: false,
                });
            } else if (known !== undefined && isOpen(known, play.nowMs, latestDay)) {
              if (what === "again") expect(play.kind(known.id, known.country)).toBe("reserved");
              else {
                play.settle(known.id, what === "sent");
                known.isOver = true;
                known.isBack = what === "released";
              }
            } else if (known !== undefined && what !== "again")
              play.settle(known.id, what === "sent");
            for (const send of sends) send.isOver ||= play.nowMs >= send.atMs + 30 * second;
            const counted = sends.filter((send) => send.day === latestDay && !send.isBack).length;
            if (play.budget.day === dayName(latestDay)) expect(play.budget.total).toBe(counted);
            expect(counted).toBeLessThanOrEqual(total);
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });
});

interface Reserved {
  readonly id: string;
  readonly country: string;
  readonly day: number;
  readonly atMs: number;
  isBack: boolean;
  isOver: boolean;
}

function isOpen(send: Reserved, nowMs: number, today: number): boolean {
  return !send.isOver && send.day === today && nowMs < send.atMs + 30 * second;
}

function dayName(days: number): string {
  return new Date(days * day).toISOString().slice(0, 10);
}

describe("the reserve", () => {
  it("cannot be used by strangers, and can be used by all other callers up to the cap", () => {
    const play = new BudgetPlay(10, {}, 20);
    const kinds = (standing: Standing, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const outcome = play.reserve(`${standing} ${index}`, "US", standing);
        play.settle(`${standing} ${index}`, true);
        return "callers" in outcome ? `${outcome.cap} for ${outcome.callers}` : outcome.kind;
      });
    const strangers = kinds("stranger", 9);
    expect(strangers).toEqual([...Array<string>(8).fill("reserved"), "total for strangers"]);
    expect(kinds("human", 1)).toEqual(["total for strangers"]);
    expect(kinds("known", 1)).toEqual(["reserved"]);
    expect(kinds("backend", 2)).toEqual(["reserved", "total for all"]);
  });

  it("also applies to a country's cap and to the money", () => {
    const money = { microPrices: { "*/sms": 10 }, microBudget: 100, currency: "USD" };
    const byCountry = { total: 100, countries: { US: 10 }, reservedPercent: 30 };
    const byMoney = { total: 100, countries: {}, reservedPercent: 30 };
    for (const [policy, cap] of [
      [{ caps: byCountry }, "country"],
      [{ caps: byMoney, money }, "money"],
    ] as const) {
      let budget = emptyBudget();
      const reserve = (id: string, standing: Standing) => {
        const send = { id, country: "US", standing };
        const { outcome, next } = reserveSpend(frozen(budget), send, policy, noonMs);
        budget = settleSpend(next, { id, sent: true }, noonMs);
        return outcome;
      };
      for (let sends = 0; sends < 7; sends += 1)
        expect(reserve(`stranger ${sends}`, "stranger").kind).toBe("reserved");
      const refused = { kind: "send_budget_exhausted", cap, callers: "strangers" };
      expect(reserve("a", "stranger")).toMatchObject({ ...refused, isFirst: true });
      expect(reserve("b", "human")).toMatchObject({ ...refused, isFirst: false });
      for (let sends = 0; sends < 3; sends += 1)
        expect(reserve(`known ${sends}`, "known").kind).toBe("reserved");
      expect(reserve("c", "known")).toMatchObject({ cap, callers: "all", isFirst: true });
    }
  });

  it("does not exist for a cap that is too small for a whole send", () => {
    expect(new BudgetPlay(1, {}, 90).kind("a")).toBe("reserved");
  });

  it("is reported as busy while sends in flight may be given back", () => {
    const play = new BudgetPlay(5, {}, 20);
    for (const id of ["a", "b", "c", "d"]) play.reserve(id);
    expect(play.kind("e")).toBe("send_budget_busy");
    play.settle("a", false);
    expect(play.kind("f")).toBe("reserved");
  });

  it("is exact under any order of events: no stranger's send exceeds the share", () => {
    const step = fc.tuple(
      fc.constantFrom<Standing>("stranger", "stranger", "human", "backend", "known"),
      fc.constantFrom("US", "GB"),
      fc.constantFrom("sent", "released", "open"),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 90 }),
        fc.array(step, { minLength: 10, maxLength: 60, size: "max" }),
        (total, us, percent, steps) => {
          const play = new BudgetPlay(total, { US: us }, percent);
          const share = (cap: number) => cap - Math.floor((cap * percent) / 100);
          for (const [index, [standing, country, ending]] of steps.entries()) {
            const before = play.budget;
            const isStranger = standing === "stranger" || standing === "human";
            const most = (cap: number) => (isStranger ? share(cap) : cap);
            const hasRoom =
              before.total < most(total) &&
              (country !== "US" || (before.countries.US ?? 0) < most(us));
            const { kind } = play.reserve(`${index}`, country, standing);
            expect(kind === "reserved").toBe(hasRoom);
            if (ending !== "open") play.settle(`${index}`, ending === "sent");
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });
});

describe("a send whose captcha Turnstile could not judge", () => {
  const caps = { total: 100, countries: { US: 4 }, reservedPercent: 0 };
  const money = { microPrices: { "*/sms": 1_000_000 }, microBudget: 6_000_000, currency: "USD" };
  const send = (budget: Budget, id: string, country: string) =>
    reserveSpend(
      frozen(budget),
      { id, country, captcha: "unavailable", standing: "stranger" },
      { caps, money },
      noonMs,
    );

  it("may use half of its country's cap and half of the money, and never counts as reaching a cap", () => {
    let budget = emptyBudget();
    const outcomes = ["US", "US", "US", "GB", "GB"].map((country, index) => {
      const { outcome, next } = send(budget, `${index}`, country);
      budget = next;
      return outcome.kind === "send_budget_exhausted"
        ? [outcome.cap, outcome.isFirst, outcome.retryAfterMs]
        : outcome.kind;
    });
    const minuteMs = minute;
    expect(outcomes).toEqual([
      "reserved",
      "reserved",
      ["country", false, minuteMs],
      "reserved",
      ["money", false, minuteMs],
    ]);
    expect(budget).toMatchObject({ total: 3, reached: [] });
  });
});
