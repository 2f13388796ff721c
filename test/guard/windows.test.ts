import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countEvent, secondsLeft, type Windows } from "../../src/guard/windows.ts";

const limit = { count: 2, seconds: 60 };
const startMs = 1_767_322_800_000;

/**
 * Counts events at these moments (seconds after the start). Returns "pass" or the seconds to wait.
 */
function play(limits: readonly (typeof limit)[], seconds: readonly number[]) {
  let windows: Windows = {};
  return seconds.map((second) => {
    const outcome = countEvent(windows, limits, startMs + second * 1000);
    if (outcome.kind === "over") return outcome.retryAfterSeconds;
    windows = outcome.next;
    return "pass";
  });
}

describe("a window", () => {
  it("refuses the event over its count and returns the exact seconds until it is reset", () => {
    expect(play([limit], [0, 10, 10, 59, 59.001, 59.999])).toEqual(["pass", "pass", 50, 1, 1, 1]);
    expect(play([limit], [0, 0, 0])).toEqual(["pass", "pass", 60]);
    expect(play([limit], [0, 0, 0.001])).toEqual(["pass", "pass", 60]);
    expect(play([limit], [0, 0, 1.5])).toEqual(["pass", "pass", 59]);
  });

  it("is reset exactly at the returned moment", () => {
    expect(play([limit], [0, 10, 20, 60, 61, 62, 120])).toEqual([
      "pass",
      "pass",
      40,
      "pass",
      "pass",
      58,
      "pass",
    ]);
  });

  it("begins with its first event; a refused event neither counts nor extends it", () => {
    const refused = Array.from({ length: 50 }, (_, index) => 10 + index);
    expect(play([limit], [0, 0, ...refused, 60, 60, 60]).slice(-3)).toEqual(["pass", "pass", 60]);
  });

  it("names the limit that is reset last if several are full", () => {
    const hour = { count: 2, seconds: 3600 };
    const { next } = passed(
      countEvent(passed(countEvent({}, [limit, hour], startMs)).next, [limit, hour], startMs),
    );
    expect(countEvent(next, [limit, hour], startMs + 1000)).toEqual({
      kind: "over",
      limit: hour,
      retryAfterSeconds: 3599,
    });
    expect(countEvent(next, [hour, limit], startMs + 1000)).toMatchObject({ limit: hour });
  });

  it("does not count an event in any window if one window refuses it", () => {
    const hour = { count: 3, seconds: 3600 };
    // The refusals at 1, 2 and 3 do not count for the hour, so one more event passes at 60.
    expect(play([limit, hour], [0, 0, 1, 2, 3, 60, 61])).toEqual([
      "pass",
      "pass",
      59,
      58,
      57,
      "pass",
      3539,
    ]);
  });

  it("begins again when the clock goes back before its start", () => {
    expect(play([limit], [0, 0, -1, -1, -1])).toEqual(["pass", "pass", "pass", "pass", 60]);
  });

  it("begins again when the settings change its length", () => {
    const { next } = passed(countEvent({}, [{ count: 1, seconds: 60 }], startMs));
    expect(countEvent(next, [{ count: 1, seconds: 90 }], startMs).kind).toBe("pass");
  });

  it("does not change its argument", () => {
    const windows = Object.freeze({ 60: Object.freeze({ startedAtMs: startMs, count: 1 }) });
    countEvent(windows, [limit], startMs + 1);
    expect(windows).toEqual({ 60: { startedAtMs: startMs, count: 1 } });
  });

  it("never allows more than its count, and never refuses without a full window", () => {
    const limits = fc.uniqueArray(
      fc.record({
        count: fc.integer({ min: 1, max: 4 }),
        seconds: fc.integer({ min: 1, max: 20 }),
      }),
      { minLength: 1, maxLength: 4, selector: ({ seconds }) => seconds },
    );
    const stepsMs = fc.array(fc.integer({ min: 0, max: 8000 }), { maxLength: 60 });
    fc.assert(
      fc.property(limits, stepsMs, (allLimits, steps) => {
        // The model: each limit stores the beginning of its window and the events in it.
        const model = allLimits.map((each) => ({ limit: each, beganMs: -Infinity, passes: 0 }));
        let windows: Windows = {};
        let nowMs = startMs;
        for (const step of steps) {
          nowMs += step;
          for (const each of model)
            if (nowMs >= each.beganMs + each.limit.seconds * 1000) each.passes = 0;
          const full = model.filter((each) => each.passes >= each.limit.count);
          const outcome = countEvent(windows, allLimits, nowMs);
          expect(outcome.kind).toBe(full.length > 0 ? "over" : "pass");
          if (outcome.kind === "over") {
            const opensMs = Math.max(
              ...full.map((each) => each.beganMs + each.limit.seconds * 1000),
            );
            expect(outcome.retryAfterSeconds).toBe(Math.ceil((opensMs - nowMs) / 1000));
            const atOpeningMs = nowMs + outcome.retryAfterSeconds * 1000;
            expect(countEvent(windows, allLimits, atOpeningMs).kind).toBe("pass");
            continue;
          }
          windows = outcome.next;
          for (const each of model) {
            if (each.passes === 0) each.beganMs = nowMs;
            each.passes += 1;
          }
        }
      }),
    );
  });
});

describe("the seconds left of windows", () => {
  it("last until the last window has ended, and are never negative", () => {
    const windows = {
      60: { startedAtMs: startMs, count: 1 },
      3600: { startedAtMs: startMs - 3_000_000, count: 1 },
    };
    expect(secondsLeft({}, startMs)).toBe(0);
    expect(secondsLeft(windows, startMs)).toBe(600);
    expect(secondsLeft(windows, startMs + 500)).toBe(600);
    expect(secondsLeft(windows, startMs + 600_000)).toBe(0);
    expect(secondsLeft(windows, startMs + 9_000_000)).toBe(0);
  });
});

function passed(outcome: ReturnType<typeof countEvent>) {
  if (outcome.kind !== "pass") throw new Error("refused");
  return outcome;
}
