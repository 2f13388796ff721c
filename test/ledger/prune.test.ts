import { describe, expect, it } from "vitest";
import { emptyLedger } from "../../src/ledger/state.ts";
import { callers, day, hour, LedgerPlay, minute, second, signIn } from "./play.ts";

describe("a verification that is over", () => {
  it.each([signIn, "own"])(
    "of %s is readable for 24 h, and is then deleted with its code",
    (service) => {
      const play = new LedgerPlay();
      const id = play.start({ service });
      play.wait(10 * minute + day - 1);
      expect(play.prune()).toBe(play.nowMs + 1);
      expect(play.status(id)).toBe("expired");
      play.wait(1);
      expect(play.prune()).toBeUndefined();
      expect(play.ledger).toEqual(emptyLedger());
    },
  );

  it.each(["approved", "canceled"] as const)(
    "is kept for 24 h from the moment it was %s",
    (status) => {
      const play = new LedgerPlay();
      const id = play.start({ service: "own", limits: [{ count: 1, seconds: 60 }] });
      play.wait(minute);
      if (status === "approved") play.check(id, "approved");
      else play.cancel(id);
      play.wait(day - 1);
      play.prune();
      expect(play.status(id)).toBe(status);
      play.wait(1);
      play.prune();
      expect(play.status(id)).toBeUndefined();
    },
  );

  it("is deleted independently of other verifications", () => {
    const play = new LedgerPlay();
    const [first, other] = [play.start(), play.start()];
    play.cancel(first);
    play.wait(day);
    play.prune();
    expect([play.status(first), play.status(other)]).toEqual([undefined, "expired"]);
  });
});

describe("the prune", () => {
  it("changes nothing that is still in use", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.check(id);
    play.begin(id);
    const before = play.ledger;
    expect(play.prune()).toBe(play.nowMs + day);
    expect(play.ledger).toEqual(before);
  });

  it("deletes sends after their longest window, not before", () => {
    const limits = [
      { count: 9, seconds: 60 },
      { count: 9, seconds: 2 * 86_400 },
    ];
    const play = new LedgerPlay();
    play.start({ limits });
    play.wait(2 * day - 1);
    expect(play.prune()).toBe(play.nowMs + 1);
    expect(play.ledger.callers.anonymous?.sends).toHaveLength(1);
    play.wait(1);
    play.prune();
    expect(play.ledger).toEqual(emptyLedger());
  });

  it("never deletes wrong codes; only a right code does", () => {
    const play = new LedgerPlay();
    play.fail(9);
    for (let days = 0; days < 400; days += 100) {
      play.wait(100 * day);
      expect(play.prune()).toBeUndefined();
    }
    expect(play.ledger).toEqual({
      ...emptyLedger(),
      callers: { anonymous: { sends: [], failures: 9, lockedUntilMs: 0 } },
    });
    play.check(play.start({ service: "own" }));
    expect(play.reserve().outcome.kind).toBe("number_refused");
  });

  it("never deletes the wrong codes of a client's subjects, and keeps nothing else of a client", () => {
    const play = new LedgerPlay();
    play.fail(3, "service:shop:ann");
    play.check(play.start({ caller: "service:bank:bob", service: "own" }), "approved");
    const failedAtMs = play.nowMs;
    play.wait(400 * day);
    expect(play.prune()).toBeUndefined();
    const ann = { failures: 3, lockedUntilMs: 0, lastFailureAtMs: failedAtMs };
    expect(play.ledger).toEqual({
      ...emptyLedger(),
      clients: { shop: { sends: [], remainder: 0, subjects: { ann } } },
    });
  });

  it("counts an attempt with a lost settlement before it deletes its verification", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.begin(id);
    play.wait(30 * day);
    play.prune();
    expect(play.ledger).toMatchObject({
      callers: { anonymous: { failures: 1 } },
      verifications: {},
      codes: {},
    });
  });

  it("returns the next moment with something to delete", () => {
    const play = new LedgerPlay();
    play.start({ service: "own", limits: [{ count: 9, seconds: 3600 }] });
    expect(play.prune()).toBe(play.nowMs + hour);
    play.wait(hour);
    expect(play.prune()).toBe(play.nowMs + day - 50 * minute);
  });
});

describe("one number's state", () => {
  it("stays small under a permanent attack with the default limits", () => {
    const limits = [
      { count: 5, seconds: 600 },
      { count: 10, seconds: 86_400 },
    ];
    const play = new LedgerPlay();
    let largest = 0;
    const attack = (service: string) => {
      for (const caller of callers) {
        const idempotency = { key: play.name("k".repeat(43)), body: "b".repeat(43) };
        const { id, send, outcome } = play.reserve({ caller, service, limits, idempotency });
        if (outcome.kind !== "send") continue;
        play.settle(id, send, play.sent(service));
        for (let tries = 0; tries < 6; tries += 1) play.begin(id);
      }
    };
    for (let waited = 0; waited < 3 * day; waited += 6 * minute) {
      attack(waited % (12 * minute) === 0 ? "own" : signIn);
      largest = Math.max(largest, JSON.stringify(play.ledger).length);
      play.wait(6 * minute);
      if (waited % hour === 0) play.prune();
    }
    expect(largest).toBeLessThan(64 * 1024);
    expect(largest).toBeGreaterThan(10 * second);
  });
});
