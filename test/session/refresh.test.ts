import { describe, expect, it } from "vitest";
import { maxFamilies } from "../../src/session/refresh.ts";
import { raiseFamily } from "../../src/session/step-up.ts";
import { day, hour, SessionsPlay, second } from "./sessions-play.ts";

const refused = (reason: string) => ({ kind: "refused", reason });

describe("a refresh token", () => {
  it("of a session that was never opened is refused", () => {
    const play = new SessionsPlay();
    expect(play.refresh("session1", 1)).toEqual(refused("unknown"));
    expect(play.sessions).toEqual({ version: 2, families: {}, tombstones: {} });
  });

  it("of a session named like an inherited property is refused", () => {
    const play = new SessionsPlay();
    for (const id of ["__proto__", "constructor", "toString"]) {
      expect(play.refresh(id, 1)).toEqual(refused("unknown"));
      expect(play.signOut(id)).toEqual({ kind: "signed_out", wasLive: false });
      expect(play.everywhere(id)).toEqual({ kind: "not_live" });
    }
  });

  it("is accepted once: its successor has the next generation", () => {
    const play = new SessionsPlay();
    const id = play.open();
    expect(play.refreshed(id, 1)).toBe(2);
    play.wait(hour);
    expect(play.refreshed(id, 2)).toBe(3);
  });

  it("gets the same successor again within ten seconds, with the same time", () => {
    const play = new SessionsPlay();
    const id = play.open();
    play.wait(hour);
    const first = play.refresh(id, 1);
    play.wait(10 * second - 1);
    const again = play.refresh(id, 1);
    expect(first).toMatchObject({ kind: "live", isRepetition: false });
    expect(again).toEqual({ ...first, isRepetition: true });
  });

  it("replayed after ten seconds ends the session", () => {
    const play = new SessionsPlay();
    const id = play.open();
    play.refreshed(id, 1);
    play.wait(10 * second);
    expect(play.refresh(id, 1)).toEqual(refused("reused"));
    expect(play.refresh(id, 2)).toEqual(refused("ended"));
  });

  it("replayed a second time within the grace does not extend the grace", () => {
    const play = new SessionsPlay();
    const id = play.open();
    play.refreshed(id, 1);
    play.wait(9 * second);
    play.refreshed(id, 1);
    play.wait(9 * second);
    expect(play.refresh(id, 1)).toEqual(refused("reused"));
  });

  it("two generations old ends the session, within the grace too", () => {
    const play = new SessionsPlay();
    const id = play.open();
    play.refreshed(id, 1);
    play.refreshed(id, 2);
    expect(play.refresh(id, 1)).toEqual(refused("reused"));
    expect(play.refresh(id, 3)).toEqual(refused("ended"));
  });

  it("of a generation that does not exist ends the session, because the store has lost data", () => {
    const play = new SessionsPlay();
    const id = play.open();
    expect(play.refresh(id, 2)).toEqual(refused("reused"));
    expect(play.refresh(id, 1)).toEqual(refused("ended"));
  });

  it("ends no other session of the subject when it is replayed", () => {
    const play = new SessionsPlay();
    const [id, other] = [play.open(), play.open()];
    play.refreshed(id, 1);
    play.wait(hour);
    play.refresh(id, 1);
    expect(play.refreshed(other, 1)).toBe(2);
  });
});

describe("a session", () => {
  it("ends after its idle lifetime without a refresh, to the millisecond", () => {
    const play = new SessionsPlay();
    const [idle, used] = [play.open(), play.open()];
    play.wait(7 * day - 1);
    expect(play.refreshed(used, 1)).toBe(2);
    play.wait(1);
    expect(play.refresh(idle, 1)).toEqual(refused("unknown"));
    expect(play.refreshed(used, 2)).toBe(3);
  });

  it("ends after its whole lifetime, in spite of refreshes", () => {
    const play = new SessionsPlay();
    const id = play.open();
    let generation = 1;
    for (let days = 6; days < 30; days += 6) {
      play.wait(6 * day);
      generation = play.refreshed(id, generation);
    }
    play.wait(6 * day - 1);
    generation = play.refreshed(id, generation);
    play.wait(1);
    expect(play.refresh(id, generation)).toEqual(refused("unknown"));
  });

  it("opened twice under one name is one session, refreshed or not", () => {
    const play = new SessionsPlay();
    const id = play.open();
    const generation = play.refreshed(id, 1);
    expect(play.tryOpen(id)).toMatchObject({ kind: "live", family: { generation } });
    expect(Object.keys(play.sessions.families)).toEqual([id]);
  });

  it("that was ended is not opened again by a late retry", () => {
    const play = new SessionsPlay();
    const id = play.open();
    play.signOut(id);
    expect(play.tryOpen(id)).toEqual({ kind: "revoked" });
    expect(play.refresh(id, 1)).toEqual(refused("ended"));
  });

  it(`past the ${maxFamilies}th ends the least recently used session`, () => {
    const play = new SessionsPlay();
    const ids = Array.from({ length: maxFamilies }, () => {
      play.wait(second);
      return play.open();
    });
    const [oldest = "", second_ = ""] = ids;
    play.wait(second);
    play.refreshed(oldest, 1);
    const newest = play.open();
    expect(play.refresh(second_, 1)).toEqual(refused("ended"));
    expect(play.refreshed(oldest, 2)).toBe(3);
    expect(play.refreshed(newest, 1)).toBe(2);
    expect(Object.keys(play.sessions.families)).toHaveLength(maxFamilies);
  });
});

describe("signing out", () => {
  it("ends the caller's own session, and is idempotent", () => {
    const play = new SessionsPlay();
    const id = play.open();
    expect(play.signOut(id)).toEqual({ kind: "signed_out", wasLive: true });
    expect(play.signOut(id)).toEqual({ kind: "signed_out", wasLive: false });
    expect(play.refresh(id, 1)).toEqual(refused("ended"));
  });

  it("of another session needs a live session", () => {
    const play = new SessionsPlay();
    const [own, other] = [play.open(), play.open()];
    play.signOut(own);
    expect(play.signOut(own, other)).toEqual({ kind: "not_live" });
    expect(play.refreshed(other, 1)).toBe(2);
  });

  it("of another session ends only that session", () => {
    const play = new SessionsPlay();
    const [own, other] = [play.open(), play.open()];
    expect(play.signOut(own, other)).toEqual({ kind: "signed_out", wasLive: true });
    expect(play.signOut(own, other)).toEqual({ kind: "signed_out", wasLive: false });
    expect(play.refresh(other, 1)).toEqual(refused("ended"));
    expect(play.refreshed(own, 1)).toBe(2);
  });

  it("of an unknown session has its own outcome", () => {
    const play = new SessionsPlay();
    expect(play.signOut(play.open(), "session9")).toEqual({ kind: "session_not_found" });
  });

  it("by the operator ends all sessions, returns how many, and names the ledgers again", () => {
    const play = new SessionsPlay();
    expect(play.endAll()).toEqual({ ended: 0, ledgers: [] });
    expect(play.sessions).toEqual({ version: 2, families: {}, tombstones: {} });
    const one = play.open();
    const two = play.open();
    const ledgers = [{ name: "a-ledger", country: "US" }];
    expect(play.endAll()).toEqual({ ended: 2, ledgers });
    for (const id of [one, two]) {
      expect(play.refresh(id, 1)).toEqual(refused("ended"));
      expect(play.everywhere(id)).toEqual({ kind: "not_live" });
    }
    expect(play.endAll()).toEqual({ ended: 0, ledgers });
    play.wait(92 * day);
    expect(play.endAll()).toEqual({ ended: 0, ledgers: [] });
  });

  it("everywhere ends all sessions and names each ledger once", () => {
    const play = new SessionsPlay();
    const ids = [play.open(), play.open(), play.open()];
    const [own = ""] = ids;
    expect(play.everywhere(own, "the sign-out")).toEqual({
      kind: "signed_out",
      everywhere: { name: "the sign-out", ledgers: [{ name: "a-ledger", country: "US" }] },
    });
    for (const id of ids) expect(play.refresh(id, 1)).toEqual(refused("ended"));
  });

  it("everywhere is idempotent and ends no newer session when it is retried", () => {
    const play = new SessionsPlay();
    const id = play.open();
    const first = play.everywhere(id);
    const newer = play.open();
    expect(play.everywhere(id)).toEqual(first);
    expect(play.refreshed(newer, 1)).toBe(2);
  });

  it("everywhere names each ledger that may know a device once, for ninety-one days, at most fifty", () => {
    const play = new SessionsPlay();
    const ledgerOf = (name: string) => ({ ledger: { name, country: "US" as const } });
    play.open("forgotten", ledgerOf("forgotten"));
    play.open("raised", ledgerOf("raised"));
    play.wait(6 * day);
    play.apply((sessions, nowMs) => raiseFamily(sessions, { id: "raised", channel: "sms" }, nowMs));
    play.wait(85 * day);
    const names = Array.from({ length: 50 }, (_, index) => `ledger-${index}`);
    for (const name of names.slice(1)) play.open(name, ledgerOf(name));
    play.open("again", ledgerOf("ledger-1"));
    const everywhere = (by: string) => {
      const outcome = play.everywhere(by);
      if (outcome.kind !== "signed_out") throw new Error(outcome.kind);
      return outcome.everywhere.ledgers.map(({ name }) => name).toSorted();
    };
    expect(everywhere("again")).toEqual(["raised", ...names.slice(1)].toSorted());
    for (const name of ["one-more", ...names]) play.open(`new-${name}`, ledgerOf(name));
    expect(everywhere("new-ledger-1")).toEqual(names.toSorted());
    const id = play.open("last", ledgerOf("last"));
    expect(everywhere(id)).toEqual(["last"]);
  });

  it("everywhere is refused for a session that another sign-out has ended", () => {
    const play = new SessionsPlay();
    const [own, other] = [play.open(), play.open()];
    play.everywhere(own);
    const newer = play.open();
    expect(play.everywhere(other)).toEqual({ kind: "not_live" });
    expect(play.refreshed(newer, 1)).toBe(2);
  });
});

describe("an ended session", () => {
  it("is deleted after its time, and the object is empty in the end", () => {
    const play = new SessionsPlay();
    const [idle, ended] = [play.open(), play.open()];
    play.signOut(ended);
    const openedAtMs = play.nowMs;
    expect(play.prune()).toBe(openedAtMs + 7 * day);
    play.wait(7 * day);
    // The tombstone lives as long as any token of the session: until its end and an hour of access.
    expect(play.prune()).toBe(openedAtMs + 30 * day + hour);
    expect(play.sessions.families[idle]).toBeUndefined();
    expect(play.tryOpen(ended)).toEqual({ kind: "revoked" });
    play.wait(23 * day + hour);
    // The ledger that may still know a device of the subject.
    expect(play.prune()).toBe(openedAtMs + 91 * day);
    play.wait(61 * day - hour);
    // The last sign-in, by which a backend finds the number.
    expect(play.prune()).toBe(openedAtMs + 400 * day);
    play.wait(309 * day);
    expect(play.prune()).toBeUndefined();
    expect(play.sessions).toEqual({ version: 2, families: {}, tombstones: {} });
  });

  it("keeps the state small after many sign-ins and sign-outs", () => {
    const play = new SessionsPlay();
    for (let times = 0; times < 300; times += 1) {
      play.signOut(play.open());
      play.open();
      play.wait(second);
    }
    expect(JSON.stringify(play.sessions).length).toBeLessThan(32_000);
  });
});
