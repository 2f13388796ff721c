import { describe, expect, it } from "vitest";
import type { CallerRef } from "../../src/ledger/state.ts";
import { callers, day, LedgerPlay, minute, second, signIn, twoFactor } from "./play.ts";

const owners = ["known", "service:shop:ann"] as const;
const service = { caller: "service:shop:ann" } as const;
const one = { ...service, binding: "one" };
const another = { caller: "service:bank", binding: "another" } as const;

const lineOf = (play: LedgerPlay, of = signIn) => play.ledger.lines[of];
const codeOf = (play: LedgerPlay, id: string) =>
  play.ledger.codes[play.ledger.verifications[id]?.code ?? ""];
const sidOf = (play: LedgerPlay) => play.sids.get(signIn)?.sid;

/** Makes wrong checks by `caller` until the service's code is used up. */
function useUp(play: LedgerPlay, caller: CallerRef = "anonymous"): string {
  const id = play.start({ caller });
  for (let tries = 0; tries < 5; tries += 1) play.check(id);
  return id;
}

/** Makes a start whose answer from Twilio is lost. */
function lose(play: LedgerPlay, options: Parameters<LedgerPlay["reserve"]>[0] = {}): string {
  const { id, send } = play.reserve(options);
  play.settle(id, send, { kind: "unknown" });
  return id;
}

describe("Twilio's one verification", () => {
  it("is shared by all callers who start for the number and service", () => {
    const play = new LedgerPlay();
    const ids = callers.map((caller) => play.start({ caller }));
    expect(new Set(ids.map((id) => play.ledger.verifications[id]?.code)).size).toBe(1);
    expect(Object.keys(play.ledger.lines)).toEqual([signIn]);
  });

  it("gives all of them together five attempts and one end", () => {
    const play = new LedgerPlay();
    const first = play.start();
    play.wait(2 * minute);
    const other = play.start({ caller: "known" });
    for (const id of [first, other, first, other]) play.check(id);
    expect(play.view(first)).toMatchObject({ attemptsRemaining: 1 });
    expect(play.view(other)).toMatchObject({
      attemptsRemaining: 1,
      expiresAtMs: play.view(first)?.expiresAtMs,
    });
    expect(play.check(first)).toMatchObject({ kind: "ended", status: "exhausted" });
    expect([play.status(first), play.status(other)]).toEqual(["exhausted", "exhausted"]);
    expect(play.ledger.callers).toMatchObject({
      anonymous: { failures: 3 },
      known: { failures: 2 },
    });
  });

  it("is not shared with another service, so that a code serves one purpose", () => {
    const play = new LedgerPlay();
    const [first, other] = [play.start(), play.start({ service: twoFactor })];
    for (let tries = 0; tries < 5; tries += 1) play.check(first);
    expect(play.view(other)).toMatchObject({ status: "pending", attemptsRemaining: 5 });
  });

  it("approves one verification, and cancels the others", () => {
    const play = new LedgerPlay();
    const [first, other] = [play.start(), play.start({ caller: "known" })];
    expect(play.check(first, "approved").kind).toBe("approved");
    expect(play.status(other)).toBe("canceled");
    expect(play.check(other, "approved")).toEqual({ kind: "ended", status: "canceled" });
  });

  it("is new after an approval, without a cancellation", () => {
    const play = new LedgerPlay();
    play.check(play.start(), "approved");
    play.sids.clear();
    const { outcome } = play.reserve();
    expect(outcome).not.toHaveProperty("cancelFirst");
    expect(outcome).toMatchObject({
      view: { attemptsRemaining: 5, expiresAtMs: play.nowMs + 10 * minute },
    });
  });
});

describe("the state of a code after its first send", () => {
  it("that was sent is live, with Twilio's sid and end", () => {
    const play = new LedgerPlay();
    const id = play.start();
    expect(codeOf(play, id)).toMatchObject({ state: { name: "live", sid: sidOf(play) } });
    expect(lineOf(play)).toEqual({ code: play.ledger.verifications[id]?.code });
  });

  it("that was refused is deleted", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    play.settle(id, send, { kind: "refused" });
    expect(play.ledger).toMatchObject({ codes: {}, verifications: {} });
    expect(play.reserve().outcome).not.toHaveProperty("cancelFirst");
  });

  it("without an answer is unnamed, as long as it may be live at Twilio", () => {
    const play = new LedgerPlay();
    lose(play);
    expect(lineOf(play)).toMatchObject({ mayLiveUntilMs: play.nowMs + 30 * second + 10 * minute });
    expect(Object.values(play.ledger.codes)).toMatchObject([{ state: { name: "unnamed" } }]);
  });

  it("whose lease has ended is unnamed, and its verification stays pending", () => {
    const play = new LedgerPlay();
    const { id } = play.reserve();
    play.wait(30 * second);
    play.prune();
    expect(codeOf(play, id)).toMatchObject({ state: { name: "unnamed" } });
    expect(play.status(id)).toBe("pending");
  });

  it("whose lease has ended during a cancellation is unsure: the next send cancels by number, for every caller", () => {
    const play = new LedgerPlay();
    play.start(one);
    const { send } = play.reserve(another);
    play.wait(30 * second);
    expect(play.reserve(another).outcome).toMatchObject({ cancelFirst: { service: signIn } });
    expect(Object.values(play.ledger.codes)).toContainEqual(
      expect.objectContaining({ state: { name: "unsure", send } }),
    );
  });

  it("whose lease has ended gets its sid from the late settlement", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    play.wait(31 * second);
    const sent = play.sent();
    play.settle(id, send, sent);
    expect(codeOf(play, id)).toMatchObject({ state: { name: "live", sid: sent.sid } });
  });

  it("whose lease has ended ignores a late sid of an earlier send, because that code may be canceled", () => {
    const play = new LedgerPlay();
    const first = play.reserve();
    const early = play.sent();
    play.wait(31 * second);
    // Another start cancels the code at Twilio, and the answer to that is lost.
    const canceling = play.reserve(another);
    play.sids.clear();
    play.settle(canceling.id, canceling.send, { kind: "refused" });
    const again = play.reserve();
    const late = play.sent();
    play.wait(31 * second);
    play.settle(first.id, first.send, early);
    expect(codeOf(play, first.id)).toMatchObject({ state: { name: "unnamed" } });
    play.settle(again.id, again.send, late);
    expect(codeOf(play, first.id)).toMatchObject({ state: { name: "live", sid: late.sid } });
  });
});

describe("the state of a live code after a resend", () => {
  function resent(settle: (play: LedgerPlay, id: string, send: string) => void) {
    const play = new LedgerPlay();
    const id = play.start();
    for (let tries = 0; tries < 3; tries += 1) play.check(id);
    play.wait(minute);
    const { send } = play.reserveResend(id);
    settle(play, id, send);
    return { play, id };
  }

  it("with the same sid is unchanged, also its end and its attempts", () => {
    const { play, id } = resent((world, of, send) => world.settle(of, send, world.sent()));
    expect(play.view(id)).toMatchObject({
      attemptsRemaining: 2,
      expiresAtMs: play.nowMs + 9 * minute,
    });
  });

  it("with another sid has ended: the verification uses the new code, and others expire", () => {
    let other = "";
    const { play, id } = resent((world, of, send) => {
      world.settle(of, send, { kind: "refused" });
      other = world.start({ caller: "known" });
      const next = world.reserveResend(of).send;
      world.sids.clear();
      world.settle(of, next, world.sent());
    });
    expect(play.view(id)).toMatchObject({
      status: "pending",
      attemptsRemaining: 5,
      expiresAtMs: play.nowMs + 10 * minute,
    });
    expect(play.begin(id).outcome).toMatchObject({ sid: sidOf(play) });
    expect(play.status(other)).toBe("expired");
  });

  it.each(["unknown", "lease ended"])(
    "(%s) is unnamed, because Twilio may have answered with another sid",
    (kind) => {
      const { play, id } = resent((world, of, send) => {
        if (kind === "unknown") world.settle(of, send, { kind });
        else world.wait(30 * second);
        world.prune();
      });
      expect(codeOf(play, id)).toMatchObject({ state: { name: "unnamed" } });
      expect(play.view(id)).toMatchObject({ status: "pending", attemptsRemaining: 2 });
    },
  );

  it("that was refused is live, and the resend can be retried at once", () => {
    const { play, id } = resent((world, of, send) => world.settle(of, send, { kind: "refused" }));
    expect(codeOf(play, id)).toMatchObject({ state: { name: "live", sid: sidOf(play) } });
    expect(play.reserveResend(id).outcome.kind).toBe("send");
  });
});

describe("a start finds", () => {
  it("no live code, and opens a new one", () => {
    const play = new LedgerPlay();
    const { outcome } = play.reserve();
    expect(outcome).toMatchObject({ kind: "send", view: { attemptsRemaining: 5 } });
    expect(outcome).not.toHaveProperty("cancelFirst");
  });

  it("a live code of its binding, and joins it", () => {
    const play = new LedgerPlay();
    const first = play.start(one);
    const { id, outcome } = play.reserve(one);
    expect(outcome).not.toHaveProperty("cancelFirst");
    expect(play.ledger.verifications[id]?.code).toBe(play.ledger.verifications[first]?.code);
  });

  it("a live code of another transaction, and cancels it first", () => {
    const play = new LedgerPlay();
    const first = play.start(one);
    const cancelFirst = { service: signIn, sid: sidOf(play) };
    const { id, send, outcome } = play.reserve(another);
    expect(outcome).toMatchObject({ cancelFirst, view: { attemptsRemaining: 5 } });
    expect(play.status(first)).toBe("pending");
    play.sids.clear();
    play.settle(id, send, play.sent(), true);
    expect([play.status(first), play.status(id)]).toEqual(["canceled", "pending"]);
  });

  it("a code that Twilio could not cancel, and changes nothing", () => {
    const play = new LedgerPlay();
    const first = play.start(one);
    const before = play.ledger;
    const { id, send } = play.reserve(another);
    play.settle(id, send, { kind: "refused" }, false);
    expect(play.ledger).toEqual({ ...before, clients: expect.anything() });
    expect(play.status(first)).toBe("pending");
  });

  it("a code that Twilio canceled before it refused the send, and ends its verifications", () => {
    const play = new LedgerPlay();
    const first = play.start(one);
    const { id, send } = play.reserve(another);
    play.settle(id, send, { kind: "refused" }, true);
    expect(play.status(first)).toBe("canceled");
    expect(play.reserve(another).outcome).not.toHaveProperty("cancelFirst");
  });

  it("an unnamed code of its binding, and joins it to get the sid", () => {
    const play = new LedgerPlay();
    lose(play, one);
    const { id, send, outcome } = play.reserve(one);
    expect(outcome).not.toHaveProperty("cancelFirst");
    play.settle(id, send, play.sent());
    expect(codeOf(play, id)).toMatchObject({ state: { name: "live", sid: sidOf(play) } });
  });

  it("an unnamed code of another transaction, and cancels it by the number", () => {
    const play = new LedgerPlay();
    lose(play, one);
    const { outcome } = play.reserve(another);
    expect(outcome).toMatchObject({ kind: "send", cancelFirst: { service: signIn } });
    if (outcome.kind === "send") expect(outcome.cancelFirst).not.toHaveProperty("sid");
  });

  it("an unnamed code after its end that may still be live at Twilio, and cancels it by the number", () => {
    const play = new LedgerPlay();
    lose(play, one);
    play.wait(10 * minute);
    expect(play.reserve(one).outcome).toMatchObject({ cancelFirst: { service: signIn } });
    const later = new LedgerPlay();
    lose(later, one);
    later.wait(10 * minute + 30 * second);
    expect(later.reserve(one).outcome).not.toHaveProperty("cancelFirst");
  });

  it("a live code that no verification holds, after a DELETE, and cancels it first", () => {
    const play = new LedgerPlay();
    const [first, last] = [play.start(), play.start({ caller: "known" })];
    play.cancel(first);
    expect([play.status(first), play.status(last)]).toEqual(["canceled", "pending"]);
    play.cancel(last);
    const cancelFirst = { service: signIn, sid: sidOf(play) };
    expect(play.reserve().outcome).toMatchObject({ cancelFirst, view: { attemptsRemaining: 5 } });
  });

  it("a code that a DELETE left while its send was in flight, and cancels it first", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    play.cancel(id);
    play.settle(id, send, play.sent());
    expect(play.status(id)).toBe("canceled");
    expect(play.reserve().outcome).toMatchObject({ cancelFirst: { sid: sidOf(play) } });
  });

  it("a code with five sends, and a stranger must wait for its end", () => {
    const play = new LedgerPlay();
    for (let sends = 0; sends < 5; sends += 1) play.start();
    expect(play.reserve().outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: 10 * minute,
      by: "number:code_used_up",
    });
    play.wait(10 * minute);
    expect(play.reserve().outcome.kind).toBe("send");
  });

  it.each(callers)("the last 15 s of a code, and %s must wait for its exact end", (caller) => {
    const play = new LedgerPlay();
    play.start();
    play.wait(10 * minute - 15 * second + 1);
    const waitMs = 15 * second - 1;
    expect(play.reserve({ caller }).outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: waitMs,
      by: "number:code_expiring",
    });
    play.wait(waitMs);
    expect(play.reserve({ caller }).outcome).toMatchObject({ view: { attemptsRemaining: 5 } });
  });
});

describe("a code that strangers have used up", () => {
  it.each(owners)("is canceled and replaced when %s starts", (caller) => {
    const play = new LedgerPlay();
    const waiting = play.start();
    const stranger = useUp(play);
    const { id, send, outcome } = play.reserve({ caller });
    expect(outcome).toMatchObject({
      kind: "send",
      cancelFirst: { service: signIn, sid: sidOf(play) },
      view: { status: "pending", attemptsRemaining: 5, expiresAtMs: play.nowMs + 10 * minute },
    });
    play.sids.clear();
    play.settle(id, send, play.sent(), true);
    expect([play.status(stranger), play.status(waiting)]).toEqual(["canceled", "canceled"]);
  });

  it.each(owners)(
    "is canceled and replaced when %s resends, and that verification continues",
    (caller) => {
      const play = new LedgerPlay();
      const mine = play.start({ caller });
      play.check(mine);
      play.wait(30 * second);
      const stranger = play.start();
      for (let tries = 0; tries < 4; tries += 1) play.check(stranger);
      expect(play.status(mine)).toBe("exhausted");
      expect(play.resend(mine)).toMatchObject({
        status: "pending",
        attemptsRemaining: 5,
        expiresAtMs: play.nowMs + 10 * minute,
      });
      expect(play.status(stranger)).toBe("canceled");
      expect(play.check(mine, "approved").kind).toBe("approved");
    },
  );

  it("is canceled by the number if its sid is unknown", () => {
    const play = new LedgerPlay();
    const { id } = play.reserve();
    play.wait(30 * second);
    for (let tries = 0; tries < 5; tries += 1) play.check(id);
    const { outcome } = play.reserve({ caller: "known" });
    expect(outcome).toMatchObject({ kind: "send", cancelFirst: { service: signIn } });
  });

  it("stays if a resend could not cancel it, and the verification is unchanged", () => {
    const play = new LedgerPlay();
    const mine = play.start({ caller: "known" });
    useUp(play);
    play.wait(30 * second);
    const before = play.view(mine);
    const { send } = play.reserveResend(mine);
    play.settle(mine, send, { kind: "refused" });
    expect(play.view(mine)).toEqual(before);
    expect(play.reserveResend(mine).outcome).toMatchObject({ kind: "send", cancelFirst: {} });
  });

  it("ends a resend's verification if Twilio canceled it and then refused the send", () => {
    const play = new LedgerPlay();
    const mine = play.start({ caller: "known" });
    useUp(play);
    play.wait(30 * second);
    const { send } = play.reserveResend(mine);
    play.settle(mine, send, { kind: "refused" }, true);
    expect(play.status(mine)).toBe("canceled");
  });

  it.each(owners)("expires at its end for %s too", (caller) => {
    const play = new LedgerPlay();
    const mine = play.start({ caller });
    useUp(play);
    play.wait(10 * minute);
    expect(play.reserveResend(mine).outcome).toMatchObject({ kind: "ended" });
  });

  it.each(owners)("by sends is replaced for %s too", (caller) => {
    const play = new LedgerPlay();
    const mine = play.start({ caller });
    for (let sends = 0; sends < 4; sends += 1) play.start();
    play.wait(30 * second);
    expect(play.reserveResend(mine).outcome).toMatchObject({ kind: "send", cancelFirst: {} });
  });

  it("stays used up for another stranger until its end", () => {
    const play = new LedgerPlay();
    const stranger = useUp(play);
    play.wait(minute);
    expect(play.reserve().outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: 9 * minute,
      by: "number:code_used_up",
    });
    expect(play.reserveResend(stranger).outcome).toEqual({ kind: "ended", status: "exhausted" });
  });

  it.each(owners)("is not replaced for %s, if that caller used it up alone", (caller) => {
    const play = new LedgerPlay();
    useUp(play, caller);
    expect(play.reserve({ caller }).outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: 10 * minute,
      by: "number:code_used_up",
    });
  });

  it("is replaced for one client if another client used it up", () => {
    const play = new LedgerPlay();
    useUp(play, "service:shop:ann");
    expect(play.reserve({ caller: "service:bank" }).outcome).toMatchObject({ cancelFirst: {} });
  });

  it("is not replaced for an owner whose own limits refuse", () => {
    const limits = [{ count: 1, seconds: 3600 }];
    const play = new LedgerPlay();
    play.start({ caller: "known", service: "own", limits });
    useUp(play);
    const before = play.ledger;
    expect(play.reserve({ caller: "known", limits }).outcome.kind).toBe("number_refused");
    expect(play.ledger).toEqual(before);
  });
});

describe("a fallback to a code of the engine messaging", () => {
  const fallback = { sealed: "sealed code", digest: "1:the-right-digest" };

  /** Makes a resend while Twilio Verify accepts no requests. */
  function fallBack(play: LedgerPlay, id: string): void {
    play.wait(30 * second);
    const { send } = play.reserveResend(id);
    play.settle(id, send, { ...sent(play), sid: "SM1" });
  }
  const sent = (play: LedgerPlay) => ({
    kind: "sent" as const,
    sid: "SM0",
    expiresAtMs: play.nowMs + 10 * minute,
    fallback,
  });

  it("leaves nothing of the shared code if it was the first send", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    play.settle(id, send, sent(play));
    expect(play.view(id)).toMatchObject({ status: "pending", attemptsRemaining: 5 });
    expect(lineOf(play)).toEqual({});
    expect(Object.values(play.ledger.codes)).toMatchObject([
      { engine: "messaging", protected: fallback },
    ]);
    expect(play.check(id, "approved")).toMatchObject({ kind: "approved", messageSid: "SM0" });
  });

  it("keeps the caller's own attempts, so that there are no new ones", () => {
    const play = new LedgerPlay();
    const [mine, other] = [play.start(), play.start({ caller: "known" })];
    play.check(mine);
    play.check(mine);
    play.check(other);
    fallBack(play, mine);
    expect(play.view(mine)?.attemptsRemaining).toBe(3);
    expect(play.view(other)?.attemptsRemaining).toBe(2);
    for (let tries = 0; tries < 3; tries += 1) play.check(mine);
    expect([play.status(mine), play.status(other)]).toEqual(["exhausted", "pending"]);
    expect(play.ledger.callers.anonymous?.failures).toBe(5);
  });

  it("leaves the attempts on the shared code counted for the next start", () => {
    const play = new LedgerPlay();
    const id = play.start();
    for (let tries = 0; tries < 3; tries += 1) play.check(id);
    fallBack(play, id);
    play.prune();
    // No verification uses the shared code any more, so it is canceled and replaced.
    expect(play.reserve({ caller: "known" }).outcome).toMatchObject({ cancelFirst: {} });
    play.wait(day + 10 * minute);
    play.prune();
    expect(play.ledger.lines).toEqual({});
  });

  it("is idempotent: a retried settlement gives no new attempts", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    const settled = sent(play);
    play.settle(id, send, settled);
    for (let tries = 0; tries < 3; tries += 1) play.check(id);
    play.settle(id, send, settled);
    expect(play.view(id)?.attemptsRemaining).toBe(2);
  });
});
