import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PostOutcome } from "../../src/lib/signed-post.ts";
import { afterAttempt, failureOf } from "../../src/outbox/attempt.ts";
import type { StoredEvent } from "../../src/outbox/event.ts";

const startMs = Date.UTC(2026, 10, 28, 12);
const secondMs = 1000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const event: StoredEvent = {
  id: "evt_one",
  type: "session.opened",
  atMs: startMs,
  data: {},
  sealed: [],
};
const answered = (status: number): PostOutcome => ({
  kind: "answered",
  status,
  body: new Uint8Array(0),
});

describe("an attempt", () => {
  it.each([200, 201, 204, 299])("that is answered %d has delivered the event", (status) => {
    const ending = afterAttempt({ event, failures: 3 }, answered(status), startMs);
    expect(ending).toEqual({ kind: "delivered" });
  });

  it("that is answered 410 is the last", () => {
    const ending = afterAttempt({ event, failures: 0 }, answered(410), startMs);
    expect(ending).toEqual({ kind: "dead", reason: "gone" });
  });

  it.each([
    ...[301, 302, 307, 400, 401, 404, 429, 500, 503].map((status) => answered(status)),
    { kind: "timeout" } as const,
    { kind: "network" } as const,
  ])("that failed ($kind $status) is repeated", (answer) => {
    const ending = afterAttempt({ event, failures: 0 }, answer, startMs);
    expect(ending).toEqual({ kind: "retry", dueAtMs: startMs + 5 * secondMs });
  });

  it("is repeated after twice the time, up to an hour, and for the last time after 24 hours", () => {
    const delays: number[] = [];
    let nowMs = startMs;
    for (let failures = 0; ; failures += 1) {
      const ending = afterAttempt({ event, failures }, answered(500), nowMs);
      if (ending.kind !== "retry") {
        expect(ending).toEqual({ kind: "dead", reason: "expired" });
        break;
      }
      delays.push((ending.dueAtMs - nowMs) / secondMs);
      nowMs = ending.dueAtMs;
    }
    expect(delays.slice(0, 12)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    expect(nowMs).toBe(startMs + dayMs);
  });

  it("of an event that the operator sent once more has another 24 hours", () => {
    const revived = { ...event, revivedAtMs: startMs + 3 * dayMs };
    const attempt = (nowMs: number) =>
      afterAttempt({ event: revived, failures: 30 }, answered(500), nowMs);
    expect(attempt(startMs + 4 * dayMs - 1)).toMatchObject({ kind: "retry" });
    expect(attempt(startMs + 4 * dayMs)).toEqual({ kind: "dead", reason: "expired" });
  });

  it("is never due in the past or after its 24 hours, whatever the clocks say", () => {
    fc.assert(
      fc.property(fc.nat(2 * dayMs), fc.nat(200), (afterMs, failures) => {
        const nowMs = startMs + afterMs;
        const ending = afterAttempt({ event, failures }, answered(500), nowMs);
        if (ending.kind !== "retry") return afterMs >= dayMs;
        return ending.dueAtMs > nowMs && ending.dueAtMs <= startMs + dayMs;
      }),
    );
  });

  it("is named in the log by its status or its kind alone", () => {
    const answers = [answered(503), { kind: "timeout" }, { kind: "network" }] as const;
    expect(answers.map(failureOf)).toEqual(["status_503", "timeout", "network"]);
  });
});
