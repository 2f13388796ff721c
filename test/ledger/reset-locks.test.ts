import { describe, expect, it } from "vitest";
import { accountOf } from "../../src/ledger/accounts.ts";
import { hardStops } from "../../src/ledger/caller-limits.ts";
import { resetLocks } from "../../src/ledger/reset-locks.ts";
import { emptyLedger, type CallerRef } from "../../src/ledger/state.ts";
import { callers, day, hour, LedgerPlay, minute } from "./play.ts";

const resetOf = (play: LedgerPlay, caller: CallerRef) =>
  play.apply((ledger, nowMs) => resetLocks(ledger, caller, nowMs));
const failuresIn = (play: LedgerPlay) =>
  callers.map((caller) => accountOf(play.ledger, caller).failures);

/** A number with wrong codes of every caller: strangers 3, devices 4, ann 5, bob 6, the bank 7. */
function tried(): LedgerPlay {
  const play = new LedgerPlay();
  for (const [index, caller] of callers.entries()) play.fail(3 + index, caller);
  return play;
}

/** A number with a caller that waits for the end of every lock, up to its hard stop. */
function stopped(caller: CallerRef, stop: number): LedgerPlay {
  const play = new LedgerPlay();
  for (let done = 0; done < stop; done += 5) {
    play.fail(5, caller);
    play.wait(3 * hour);
  }
  return play;
}

describe("a reset of locks", () => {
  it.each([
    ["service:shop:ann", [3, 4, 0, 6, 7]],
    ["service:shop", [3, 4, 0, 0, 7]],
    ["service:bank", [3, 4, 5, 6, 0]],
    ["service:club", [3, 4, 5, 6, 7]],
    ["service", [3, 4, 0, 0, 0]],
    ["known", [3, 0, 5, 6, 7]],
    ["anonymous", [0, 4, 5, 6, 7]],
  ] as const)("of %s forgets its wrong codes and no others", (caller, left) => {
    const play = tried();
    expect(resetOf(play, caller)).toEqual({ kind: "reset" });
    expect(failuresIn(play)).toEqual(left);
  });

  it("of a client ends its hard stop at 100, and deletes the wrong codes of evicted subjects", () => {
    const play = new LedgerPlay();
    for (let user = 1; user <= 20; user += 1) play.fail(5, `service:shop:user${user}`);
    expect(play.ledger.clients?.shop?.remainder).toBe(20);
    expect(play.reserve({ caller: "service:shop:ann" }).outcome.kind).toBe("number_refused");
    resetOf(play, "service:shop:user20");
    expect(play.reserve({ caller: "service:shop:ann" }).outcome.kind).toBe("send");
    resetOf(play, "service:shop");
    expect(play.ledger.clients?.shop).toMatchObject({ remainder: 0, subjects: {} });
  });

  it("gives no send back", () => {
    for (const caller of callers) {
      const play = new LedgerPlay();
      const limits = [{ count: 1, seconds: 600 }];
      play.check(play.start({ caller, limits, service: "own" }));
      resetOf(play, caller);
      expect(play.reserve({ caller, limits, service: "own" }).outcome).toEqual({
        kind: "number_refused",
        retryAfterMs: 10 * minute,
        by: "number:window",
      });
    }
  });

  it("of a class in a ledger of the first version deletes the wrong codes of the whole class", () => {
    const play = new LedgerPlay();
    play.fail(10, "service");
    resetOf(play, "service");
    expect(play.reserve({ caller: "service", service: "own" }).outcome.kind).toBe("send");
  });

  it("of a number without a ledger leaves it empty", () => {
    for (const caller of ["anonymous", "known", "service", "service:shop"] as const) {
      const play = new LedgerPlay();
      expect(resetOf(play, caller)).toEqual({ kind: "reset" });
      expect(play.ledger).toEqual(emptyLedger());
    }
  });
});

describe("a reset of anonymous callers", () => {
  it("after the hard stop allows exactly ten more attempts", () => {
    const play = stopped("anonymous", hardStops.anonymous);
    expect(play.reserve().outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: day,
      by: "number:lock",
    });
    expect(resetOf(play, "anonymous")).toEqual({ kind: "reset" });
    play.fail(10);
    play.wait(day);
    expect(play.reserve().outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: day,
      by: "number:lock",
    });
  });

  it("is possible once in 24 hours, and returns the next possible moment", () => {
    const play = stopped("anonymous", hardStops.anonymous);
    resetOf(play, "anonymous");
    play.fail(10);
    play.wait(hour);
    const before = play.ledger;
    expect(resetOf(play, "anonymous")).toEqual({ kind: "granted_today", retryAfterMs: 23 * hour });
    expect(play.ledger).toEqual(before);
    play.wait(23 * hour - 1);
    play.prune();
    expect(resetOf(play, "anonymous")).toEqual({ kind: "granted_today", retryAfterMs: 1 });
    play.wait(1);
    expect(resetOf(play, "anonymous")).toEqual({ kind: "reset" });
    play.fail(10);
  });

  it("is stored for 24 hours even without wrong codes, and not longer", () => {
    const play = new LedgerPlay();
    play.fail(3);
    resetOf(play, "anonymous");
    play.wait(day - 1);
    play.prune();
    expect(resetOf(play, "anonymous")).toMatchObject({ kind: "granted_today" });
    play.wait(1);
    play.prune();
    expect(play.ledger.callers).toEqual({});
  });

  it("without wrong codes does not count as the day's reset", () => {
    const play = new LedgerPlay();
    play.start();
    resetOf(play, "anonymous");
    play.fail(10);
    expect(resetOf(play, "anonymous")).toEqual({ kind: "reset" });
    expect(play.reserve({ service: "own" }).outcome.kind).toBe("send");
  });
});
