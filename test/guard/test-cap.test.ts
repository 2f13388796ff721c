import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  releaseTestSend,
  reserveTestSend,
  testSendsPerDay,
  type TestSends,
} from "../../src/guard/test-cap.ts";
import { runs } from "../helpers/runs.ts";

const nowMs = Date.parse("2035-01-02T03:04:05Z");

/** The state after so many sends. */
function full(count = testSendsPerDay): TestSends | undefined {
  let state: TestSends | undefined;
  for (let index = 0; index < count; index += 1)
    state = reserveTestSend(state, `send-${index}`, nowMs).next;
  return state;
}

describe("the cap of test numbers", () => {
  it("is 100 sends a UTC day, and says how long the day still is", () => {
    const { outcome } = reserveTestSend(full(99), "last", nowMs);
    expect(outcome.kind).toBe("reserved");
    expect(reserveTestSend(full(), "one more", nowMs).outcome).toEqual({
      kind: "test_cap_full",
      retryAfterMs: Date.parse("2035-01-03T00:00:00Z") - nowMs,
    });
  });

  it("counts a retry once, also when it is full", () => {
    expect(reserveTestSend(full(), "send-7", nowMs)).toEqual({
      outcome: { kind: "reserved", matched: [], alerts: [] },
      next: full(),
    });
  });

  it("gets back what is released, once", () => {
    const released = releaseTestSend(releaseTestSend(full(), "send-7", nowMs), "send-7", nowMs);
    expect(released.ids).toHaveLength(99);
  });

  it("begins anew with the day", () => {
    const tomorrowMs = nowMs + 86_400_000;
    expect(reserveTestSend(full(), "next", tomorrowMs).next).toEqual({
      day: "2035-01-03",
      ids: ["next"],
    });
  });

  it("never lets more than 100 through in a day, whatever is released", () => {
    const step = fc.record({ id: fc.integer({ min: 0, max: 300 }), isRelease: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        let state: TestSends | undefined;
        const open = new Set<string>();
        for (const { id, isRelease } of steps) {
          const name = String(id);
          if (isRelease) {
            state = releaseTestSend(state, name, nowMs);
            open.delete(name);
            continue;
          }
          const { outcome, next } = reserveTestSend(state, name, nowMs);
          state = next;
          if (outcome.kind === "reserved") open.add(name);
          expect(open.size).toBeLessThanOrEqual(testSendsPerDay);
          expect(new Set(state.ids)).toEqual(open);
        }
      }),
      { numRuns: runs(100) },
    );
  });
});
