import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Closure } from "../../src/guard/closure-store.ts";
import { dueReports, reportAtMs } from "../../src/guard/closures.ts";

const startMs = Date.UTC(2026, 10, 28, 12, 0, 5);
const minuteMs = 60_000;

const closureOf = (key: string, isReported: boolean): Closure => ({
  key,
  rule: "prefix",
  country: "US",
  sealed: undefined,
  verdict: "refuse",
  isReported,
});

describe("the operator's alerts about breakers", () => {
  it("report each closing and each end once, in any order, at most twenty of a kind at a time", () => {
    const lives = fc.array(fc.record({ endsInMs: fc.nat(3 * 60 * minuteMs) }), { maxLength: 70 });
    fc.assert(
      fc.property(lives, (all) => {
        let closures = all.map((_, index) => closureOf(String(index), false));
        const endsAtMs = new Map(
          all.map((life, index) => [String(index), startMs + life.endsInMs]),
        );
        const told: string[] = [];
        let nowMs = reportAtMs(startMs);
        for (let alarms = 0; closures.length > 0; alarms += 1) {
          if (alarms > 1000) throw new Error("it never ends");
          const look = ({ key }: Closure) => {
            const endsInMs = Math.max(0, (endsAtMs.get(key) ?? 0) - nowMs);
            return { endsInMs, roomInMs: endsInMs };
          };
          const { reports, nextAtMs } = dueReports(closures, look, nowMs);
          for (const event of ["guard.closed", "guard.reopened"] as const)
            expect(reports.filter((each) => each.event === event).length).toBeLessThanOrEqual(20);
          told.push(...reports.map(({ event, closure }) => `${event} ${closure.key}`));
          closures = closures
            .filter(({ key }) => !told.includes(`guard.reopened ${key}`))
            .map((each) => closureOf(each.key, told.includes(`guard.closed ${each.key}`)));
          expect(nextAtMs === undefined).toBe(closures.length === 0);
          if (nextAtMs === undefined) break;
          expect(nextAtMs - nowMs).toBeGreaterThanOrEqual(minuteMs);
          expect(nextAtMs - nowMs).toBeLessThanOrEqual(15 * minuteMs);
          nowMs = nextAtMs;
        }
        const expected = all.flatMap((_, key) => [`guard.closed ${key}`, `guard.reopened ${key}`]);
        expect(told.toSorted()).toEqual(expected.toSorted());
        for (const index of all.keys())
          expect(told.indexOf(`guard.closed ${index}`)).toBeLessThan(
            told.indexOf(`guard.reopened ${index}`),
          );
      }),
    );
  });

  it("are sent at the next full minute", () => {
    expect(reportAtMs(startMs)).toBe(Date.UTC(2026, 10, 28, 12, 1));
    expect(reportAtMs(Date.UTC(2026, 10, 28, 12, 1))).toBe(Date.UTC(2026, 10, 28, 12, 2));
  });
});
