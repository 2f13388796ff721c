import { describe, expect, it } from "vitest";
import { prune } from "../../src/ledger/prune.ts";
import type { Ledger } from "../../src/ledger/state.ts";
import {
  forgetSubjects,
  maxSubjects,
  noteSubject,
  readSubjects,
} from "../../src/ledger/subjects.ts";
import { upgradeLedger } from "../../src/ledger/upgrade.ts";
import secondShape from "./fixtures/second-shape.json";
import { asStored, day, LedgerPlay, startMs } from "./play.ts";

const subject = (name: string) => ({ name, sealed: `sealed ${name}` });
const namesIn = (ledger: Ledger, nowMs: number) =>
  readSubjects(ledger, null, nowMs).outcome.subjects.map(({ name }) => name);

function ledgerOf(...signIns: readonly (readonly [name: string, atMs: number])[]): Ledger {
  const { ledger } = new LedgerPlay();
  for (const [name, atMs] of signIns) noteSubject(ledger, subject(name), atMs);
  return ledger;
}

describe("the subjects of a ledger", () => {
  it("are at most sixteen: the sign-in that is the longest ago makes room, in whatever order they stand", () => {
    const play = ledgerOf(["late", startMs + 100], ["early", startMs - 100]);
    for (let index = 0; index < maxSubjects - 1; index += 1)
      noteSubject(play, subject(`user-${index}`), startMs + index);
    const names = namesIn(play, startMs + 200);
    expect(names).toHaveLength(maxSubjects);
    expect(names[0]).toBe("late");
    expect(names).not.toContain("early");
  });

  it("are each kept for 400 days after their own last sign-in", () => {
    const ledger = ledgerOf(["old", startMs], ["new", startMs + day]);
    const at = (nowMs: number) => Object.keys(prune(ledger, nowMs).next.subjects ?? {});
    expect(at(startMs + 400 * day - 1)).toEqual(["old", "new"]);
    expect(namesIn(ledger, startMs + 400 * day)).toEqual(["new"]);
    expect(at(startMs + 400 * day)).toEqual(["new"]);
    expect(prune(ledger, startMs + 400 * day).outcome).toBe(startMs + 401 * day);
    expect(prune(ledger, startMs + 401 * day).next).not.toHaveProperty("subjects");
  });

  it("are forgotten one by one, or all with the first verification; again changes nothing", () => {
    const ledger: Ledger = {
      ...ledgerOf(["ann", startMs], ["bob", startMs]),
      verified: { firstAtMs: startMs, untilMs: startMs + day },
    };
    const withoutAnn = forgetSubjects(ledger, { name: "ann" }).next;
    expect(namesIn(withoutAnn, startMs)).toEqual(["bob"]);
    expect(withoutAnn.verified).toEqual(ledger.verified);
    expect(forgetSubjects(withoutAnn, { name: "ann" }).next).toEqual(withoutAnn);
    const { next } = forgetSubjects(ledger, "all");
    expect(next).not.toHaveProperty("subjects");
    expect(next).not.toHaveProperty("verified");
  });

  it("do not come back by a code that was on its way when they were forgotten", () => {
    const play = new LedgerPlay();
    const id = play.start({ subject: subject("ann") });
    play.apply((ledger) => forgetSubjects(ledger, "all"));
    expect(play.check(id, "approved").kind).toBe("approved");
    expect(namesIn(play.ledger, play.nowMs)).toEqual([]);
  });

  it("come of right codes alone", () => {
    const play = new LedgerPlay();
    const id = play.start({ subject: subject("ann") });
    play.check(id, "wrong");
    expect(namesIn(play.ledger, play.nowMs)).toEqual([]);
    play.check(id, "approved");
    expect(namesIn(play.ledger, play.nowMs)).toEqual(["ann"]);
  });
});

it("a ledger that was stored before it kept subjects is read as it is, and notes the next one", () => {
  const ledger = asStored(upgradeLedger(secondShape as unknown as Ledger, startMs));
  expect(ledger).toEqual(secondShape);
  expect(readSubjects(ledger, null, startMs).outcome).toEqual({
    subjects: [],
    firstVerifiedAtMs: secondShape.verified.firstAtMs,
  });
  noteSubject(ledger, subject("ann"), startMs);
  expect(namesIn(ledger, startMs)).toEqual(["ann"]);
});
