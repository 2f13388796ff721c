import { describe, expect, it } from "vitest";
import type { Sessions } from "../../src/session/family.ts";
import { forgetSignIn, readLastSignIn } from "../../src/session/last-sign-in.ts";
import { upgradeSessions, type SessionsV1 } from "../../src/session/upgrade.ts";
import firstShape from "./fixtures/first-shape.json";
import { day, lifetimes, SessionsPlay } from "./sessions-play.ts";
import { refreshFamily } from "../../src/session/refresh.ts";

describe("the last sign-in", () => {
  it("is that of the newest session, and a refresh is none", () => {
    const play = new SessionsPlay();
    play.open("one");
    play.wait(day);
    play.open("two");
    const atMs = play.nowMs;
    play.wait(day);
    play.refreshed("one", 1);
    expect(play.apply(readLastSignIn)).toMatchObject({
      kind: "known",
      live: 2,
      signIn: { atMs, session: "two", sealedNumber: "sealed number of two" },
    });
  });

  it("outlives every session, for 400 days to the millisecond", () => {
    const play = new SessionsPlay();
    const id = play.open();
    play.signOut(id);
    play.wait(400 * day - 1);
    expect(play.prune()).toBe(play.nowMs + 1);
    expect(play.apply(readLastSignIn)).toMatchObject({ kind: "known", live: 0 });
    play.wait(1);
    expect(play.apply(readLastSignIn)).toEqual({ kind: "unknown" });
    expect(play.prune()).toBeUndefined();
    expect(play.sessions).not.toHaveProperty("lastSignIn");
  });

  it("is forgotten at the operator's word, and the sessions stay", () => {
    const play = new SessionsPlay();
    const id = play.open();
    play.apply(forgetSignIn);
    expect(play.apply(readLastSignIn)).toEqual({ kind: "unknown" });
    expect(play.refreshed(id, 1)).toBe(2);
  });
});

describe("sessions of the first shape", () => {
  // The JSON import has wider types than what was stored.
  const stored = firstShape as unknown as SessionsV1;
  const nowMs = 1795348800000;

  it("stay, and the newest is the last sign-in", () => {
    const upgraded = upgradeSessions(stored);
    expect(upgraded).toEqual({
      ...firstShape,
      version: 2,
      lastSignIn: {
        atMs: 1795000000000,
        session: "ses_new",
        sealedNumber: "sealed number of ses_new",
        ledger: { name: "a-ledger", country: "US" },
      },
    });
    const request = { id: "ses_new", generation: 3, lifetimes };
    expect(refreshFamily(upgraded, request, nowMs).outcome).toMatchObject({ kind: "live" });
  });

  it("without a session know no sign-in", () => {
    const upgraded: Sessions = upgradeSessions({ ...stored, families: {} });
    expect(readLastSignIn(upgraded, nowMs).outcome).toEqual({ kind: "unknown" });
  });

  it("of today's shape are read as they are", () => {
    const upgraded = upgradeSessions(stored);
    expect(upgradeSessions(upgraded)).toBe(upgraded);
    expect(upgradeSessions(undefined)).toEqual({ version: 2, families: {}, tombstones: {} });
  });
});
