import { describe, expect, it } from "vitest";
import { consumeProof } from "../../src/ledger/proof.ts";
import { LedgerPlay, minute, twoFactor, type StartOptions } from "./play.ts";

const login: StartOptions = { purpose: "two_factor", service: twoFactor };

const consume = (play: LedgerPlay, id: string, by = play.name("consumption")) =>
  play.apply((ledger) => consumeProof(ledger, { id, by }));

describe("a proof", () => {
  it("does not exist while its verification is pending", () => {
    const play = new LedgerPlay();
    expect(consume(play, play.start(login))).toEqual({ kind: "no_proof" });
  });

  it("does not exist if its verification ended without approval", () => {
    const play = new LedgerPlay();
    const [canceled, expired] = [play.start(login), play.start({ ...login, service: "own" })];
    play.cancel(canceled);
    play.wait(11 * minute);
    for (const id of [canceled, expired]) expect(consume(play, id)).toEqual({ kind: "no_proof" });
  });

  it("does not exist for a sign-in", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.check(id, "approved");
    expect(consume(play, id)).toEqual({ kind: "no_proof" });
  });

  it("is accepted once, and a retried consumption counts once", () => {
    const play = new LedgerPlay();
    const id = play.start(login);
    play.check(id, "approved");
    expect(consume(play, id, "first")).toEqual({ kind: "consumed" });
    expect(consume(play, id, "first")).toEqual({ kind: "consumed" });
    expect(consume(play, id, "second")).toEqual({ kind: "proof_used" });
  });
});

describe("an approval", () => {
  it.each(["two_factor", "transaction"] as const)("of a %s creates no known device", (purpose) => {
    const play = new LedgerPlay();
    const id = play.start({ purpose, service: twoFactor });
    expect(play.check(id, "approved")).toMatchObject({ kind: "approved", given: { epoch: 0 } });
    expect(play.ledger.devices).toBeUndefined();
  });

  it.each(["sign_in", "step_up"] as const)("of a %s creates a known device", (purpose) => {
    const play = new LedgerPlay();
    const id = play.start({ purpose });
    expect(play.check(id, "approved")).toMatchObject({ kind: "approved", given: { epoch: 1 } });
    expect(play.ledger.devices).toMatchObject({ epoch: 1 });
  });
});
