import fc from "fast-check";
import { expect, it } from "vitest";
import { giveBackUse, takeUse, utcDayOf, type DailyUses } from "../../src/guard/daily-uses.ts";
import { runs } from "../helpers/runs.ts";

const noonMs = Date.UTC(2035, 0, 2, 12);

it("of one UTC day, never more uses pass than the cap and what was given back", () => {
  const step = fc.record({
    gives: fc.boolean(),
    waitMs: fc.integer({ min: 0, max: 4 * 3_600_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let uses: DailyUses | undefined;
      let nowMs = noonMs;
      const passed = new Map<string, number>();
      for (const { gives, waitMs } of steps) {
        nowMs += waitMs;
        const day = utcDayOf(nowMs);
        const before = passed.get(day) ?? 0;
        if (gives && before > 0) {
          uses = giveBackUse(uses, day, nowMs);
          passed.set(day, before - 1);
          continue;
        }
        const { outcome, next } = takeUse(uses, 3, nowMs);
        uses = next;
        expect(outcome.isAllowed).toBe(before < 3);
        expect(utcDayOf(nowMs + outcome.retryAfterMs)).not.toBe(day);
        expect(utcDayOf(nowMs + outcome.retryAfterMs - 1)).toBe(day);
        if (outcome.isAllowed) passed.set(day, before + 1);
      }
    }),
    { numRuns: runs(200) },
  );
});

it("a use of yesterday that is given back today adds nothing to today", () => {
  const { next } = takeUse(undefined, 1, noonMs);
  const tomorrowMs = noonMs + 86_400_000;
  const today = takeUse(giveBackUse(next, utcDayOf(noonMs), tomorrowMs), 1, tomorrowMs);
  expect(today.outcome.isAllowed).toBe(true);
  expect(giveBackUse(today.next, utcDayOf(noonMs), tomorrowMs)).toEqual(today.next);
});
