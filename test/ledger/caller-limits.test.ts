import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countFailure,
  forgetFailures,
  hardStops,
  lockWaitMs,
  mayJudge,
  newAccount,
  sendWaitMs,
} from "../../src/ledger/caller-limits.ts";
import { accountOf, classOf } from "../../src/ledger/accounts.ts";
import { callerClasses, type CallerClass } from "../../src/contract/words.ts";
import { callers, day, hour, LedgerPlay, minute, second, startMs } from "./play.ts";

/** Returns the milliseconds of the lock after each of `count` wrong codes at one moment. */
function locksAfter(count: number, caller: CallerClass): number[] {
  const state = newAccount();
  return Array.from({ length: count }, () => {
    countFailure(state, startMs);
    return lockWaitMs(state, caller, startMs);
  });
}

describe("a lock", () => {
  it("begins with the tenth consecutive wrong code, not with the ninth", () => {
    expect(locksAfter(10, "anonymous")).toEqual([...Array<number>(9).fill(0), 15 * minute]);
  });

  it("doubles from 15 minutes to a day with every ten wrong codes", () => {
    const state = newAccount();
    const locks: number[] = [];
    for (let failures = 1; failures <= 90; failures += 1) {
      countFailure(state, startMs);
      if (failures % 10 === 0) locks.push(state.lockedUntilMs - startMs);
    }
    const doubled = [15 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 8 * hour, 16 * hour];
    expect(locks).toEqual([...doubled, day, day]);
  });

  it("ends exactly at the announced moment", () => {
    const play = new LedgerPlay();
    play.fail(10);
    expect(play.reserve().outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: 15 * minute,
      by: "number:lock",
    });
    play.wait(15 * minute - 1);
    expect(play.reserve().outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: 1,
      by: "number:lock",
    });
    play.wait(1);
    expect(play.reserve().outcome.kind).toBe("send");
  });

  it("applies to checks of a verification that was started before", () => {
    const play = new LedgerPlay();
    const waiting = play.start({ service: "own" });
    play.fail(10);
    expect(play.check(waiting, "approved")).toEqual({ kind: "locked", retryAfterMs: 15 * minute });
    expect(play.status(waiting)).toBe("pending");
  });

  it("applies to a resend, but the cooldown is checked first", () => {
    const play = new LedgerPlay();
    const waiting = play.start({ service: "own" });
    play.fail(10);
    play.wait(31 * second);
    expect(play.reserveResend(waiting).outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: 15 * minute - 31 * second,
      by: "number:lock",
    });
  });

  it("is never exceeded by parallel guesses for several services, because attempts in flight count", () => {
    const play = new LedgerPlay();
    play.fail(8);
    const [first, other] = [play.start({ service: "VA-one" }), play.start({ service: "VA-two" })];
    expect(play.begin(first).outcome.kind).toBe("ask");
    expect(play.begin(other).outcome.kind).toBe("ask");
    const third = play.start({ service: "VA-three" });
    expect(play.begin(third).outcome).toEqual({ kind: "locked", retryAfterMs: minute });
  });

  it("affects no other class and no other user of a client", () => {
    for (const attacker of callers) {
      const play = new LedgerPlay();
      play.fail(10, attacker);
      for (const caller of callers) {
        const { kind } = play.reserve({ caller, service: "own" }).outcome;
        expect([attacker, caller, kind]).toEqual([
          attacker,
          caller,
          caller === attacker ? "number_refused" : "send",
        ]);
      }
    }
  });
});

describe("the hard stop", () => {
  it("is at most 100 wrong codes for strangers and known devices together (NIST SP 800-63B-4 §3.2.2)", () => {
    expect(hardStops).toEqual({ anonymous: 50, known: 25, service: 25 });
    expect(hardStops.anonymous + hardStops.known).toBeLessThanOrEqual(100);
  });

  it.each(callers)("refuses every guess of %s for ever", (caller) => {
    const play = new LedgerPlay();
    let judged = 0;
    for (let days = 0; days < 60; days += 1) {
      for (let starts = 0; starts < 4; starts += 1) {
        const { id, outcome } = play.reserve({ caller, service: "own" });
        if (outcome.kind !== "send") continue;
        for (let tries = 0; tries < 6; tries += 1)
          if (play.check(id).kind !== "locked") judged += tries < 5 ? 1 : 0;
      }
      play.wait(day);
      play.prune();
    }
    expect(judged).toBe(hardStops[classOf(caller)]);
    expect(play.reserve({ caller, service: "own" }).outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: day,
      by: "number:lock",
    });
  });

  it("allows checks up to it and to the next lock, but not more", () => {
    for (const caller of callerClasses)
      for (let failures = 0; failures < 60; failures += 1)
        for (let outstanding = 0; outstanding < 12; outstanding += 1) {
          const next = failures - (failures % 10) + 10;
          const may = failures + outstanding < next && failures + outstanding < hardStops[caller];
          expect(mayJudge({ ...newAccount(), failures }, caller, outstanding)).toBe(may);
        }
  });
});

describe("a success", () => {
  it("deletes the wrong codes and the lock of its own account only", () => {
    const play = new LedgerPlay();
    play.fail(9, "anonymous");
    play.fail(9, "known");
    play.fail(4, "service:shop:ann");
    play.fail(3, "service:shop:bob");
    play.fail(2, "service:bank");
    expect(play.check(play.start({ caller: "known", service: "own" }), "approved").kind).toBe(
      "approved",
    );
    const failures = () => callers.map((caller) => accountOf(play.ledger, caller).failures);
    expect(failures()).toEqual([9, 0, 4, 3, 2]);
    play.check(play.start({ caller: "service:shop:bob", service: "own" }), "approved");
    expect(failures()).toEqual([9, 0, 4, 0, 2]);
  });

  it("gives no send back", () => {
    const limits = [{ count: 2, seconds: 600 }];
    const play = new LedgerPlay();
    for (let sends = 0; sends < 2; sends += 1)
      play.check(play.start({ service: "own", limits }), "approved");
    expect(play.reserve({ limits }).outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: 10 * minute,
      by: "number:window",
    });
  });

  it("makes the next lock 15 minutes again", () => {
    const state = newAccount();
    for (let failures = 0; failures < 20; failures += 1) countFailure(state, startMs);
    forgetFailures(state);
    expect(lockWaitMs(state, "anonymous", startMs)).toBe(0);
    for (let failures = 0; failures < 10; failures += 1) countFailure(state, startMs);
    expect(lockWaitMs(state, "anonymous", startMs)).toBe(15 * minute);
  });
});

describe("a window of sends", () => {
  const limits = [
    { count: 5, seconds: 600 },
    { count: 10, seconds: 86_400 },
  ];

  it("slides, and returns the exact moment of the next send", () => {
    const play = new LedgerPlay();
    for (let sends = 0; sends < 5; sends += 1) {
      expect(play.reserve({ service: "own", limits }).outcome.kind).toBe("send");
      play.wait(minute);
    }
    const refused = play.reserve({ service: "own", limits }).outcome;
    expect(refused).toEqual({
      kind: "number_refused",
      retryAfterMs: 5 * minute,
      by: "number:window",
    });
    play.wait(5 * minute);
    expect(play.reserve({ service: "own", limits }).outcome.kind).toBe("send");
    expect(play.reserve({ service: "own", limits }).outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: minute,
      by: "number:window",
    });
  });

  it("counts in all lengths, and the length that opens last decides", () => {
    const play = new LedgerPlay();
    for (let sends = 0; sends < 10; sends += 1) {
      play.start({ service: "own", limits });
      play.wait(3 * minute);
    }
    expect(play.reserve({ service: "own", limits }).outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: day - 30 * minute,
      by: "number:window",
    });
  });

  it("and a lock are answered with one wait, the longer of both", () => {
    const caller = { ...newAccount(), lockedUntilMs: startMs + hour };
    caller.sends.push({ id: "send", atMs: startMs, countsUntilMs: startMs + 2 * hour });
    const short = [{ count: 1, seconds: 600 }];
    const long = [{ count: 1, seconds: 7200 }];
    expect(sendWaitMs(caller, "known", short, startMs)).toBe(hour);
    expect(sendWaitMs(caller, "known", long, startMs)).toBe(2 * hour);
  });

  it("never exceeds its count in any period of its length, and refuses only when full", () => {
    const limit = fc.record({
      count: fc.integer({ min: 1, max: 4 }),
      seconds: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(
        fc.array(limit, { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 40 }),
        (several, steps) => {
          const caller = newAccount();
          let nowMs = startMs;
          for (const step of steps) {
            nowMs += step;
            const waitMs = sendWaitMs(caller, "anonymous", several, nowMs);
            const countAt = (ms: number, { seconds }: (typeof several)[number]) =>
              caller.sends.filter(({ atMs }) => ms - atMs < seconds * 1000).length;
            const isFull = (ms: number) => several.some((each) => countAt(ms, each) >= each.count);
            expect(waitMs > 0).toBe(isFull(nowMs));
            expect(isFull(nowMs + waitMs)).toBe(false);
            if (waitMs > 0) expect(isFull(nowMs + waitMs - 1)).toBe(true);
            else caller.sends.push({ id: "send", atMs: nowMs, countsUntilMs: nowMs });
          }
        },
      ),
    );
  });
});
