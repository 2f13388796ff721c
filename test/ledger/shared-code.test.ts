import { describe, expect, it } from "vitest";
import { callerClasses, type CallerClass } from "../../src/ledger/state.ts";
import { day, LedgerPlay, minute, second, signIn, twoFactor } from "./play.ts";

const owners = ["known", "service"] as const;

/** Wrong codes by `caller` until the service's code takes no more. */
function useUp(play: LedgerPlay, caller: CallerClass = "anonymous"): string {
  const id = play.start({ caller });
  for (let tries = 0; tries < 5; tries += 1) play.check(id);
  return id;
}

describe("Twilio's one verification", () => {
  it("is shared by all who start for the number and service", () => {
    const play = new LedgerPlay();
    const ids = callerClasses.map((caller) => play.start({ caller }));
    expect(new Set(ids.map((id) => play.ledger.verifications[id]?.code)).size).toBe(1);
    expect(Object.keys(play.ledger.live)).toEqual([signIn]);
  });

  it("gives all of them together five guesses and one end", () => {
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
    expect(play.check(first)).toEqual({ kind: "ended", status: "exhausted", isJudged: true });
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

  it("approves one handle, and cancels the others", () => {
    const play = new LedgerPlay();
    const [first, other] = [play.start(), play.start({ caller: "known" })];
    const { attempt } = play.begin(other, "right");
    expect(play.check(first, "approved").kind).toBe("approved");
    expect(play.status(other)).toBe("canceled");
    expect(play.settleCheck(other, attempt, "approved")).toEqual({
      kind: "ended",
      status: "canceled",
    });
  });

  it("approves nobody else, not even a start that was on its way", () => {
    const play = new LedgerPlay();
    const first = play.start();
    const { id } = play.reserve({ caller: "known" });
    const { attempt } = play.begin(id, "right");
    expect(play.check(first, "approved").kind).toBe("approved");
    expect(play.settleCheck(id, attempt, "approved")).toEqual({
      kind: "ended",
      status: "canceled",
    });
    expect(play.settleCheck(id, attempt, "approved")).toEqual({
      kind: "ended",
      status: "canceled",
    });
  });

  it("is new after an approval", () => {
    const play = new LedgerPlay();
    play.check(play.start(), "approved");
    play.sids.clear();
    expect(play.view(play.start())).toMatchObject({
      attemptsRemaining: 5,
      expiresAtMs: play.nowMs + 10 * minute,
    });
  });

  it("ends one handle by DELETE, and goes itself with the last", () => {
    const play = new LedgerPlay();
    const [first, last] = [play.start(), play.start({ caller: "known" })];
    const sid = play.sids.get(signIn)?.sid;
    expect(play.cancel(first)).toEqual({
      kind: "canceled",
      sealedNumber: `sealed number of ${first}`,
    });
    expect([play.status(first), play.status(last)]).toEqual(["canceled", "pending"]);
    expect(play.cancel(last)).toEqual({
      kind: "canceled",
      sealedNumber: `sealed number of ${last}`,
      atTwilio: { service: signIn, reference: sid },
    });
  });

  it("is canceled at Twilio until that is known to be done: by the next DELETE or start", () => {
    const play = new LedgerPlay();
    const id = play.start();
    const first = play.cancel(id);
    play.wait(30 * second);
    expect(play.cancel(id)).toEqual(first);
    if (first.kind !== "canceled" || first.atTwilio === undefined) throw new Error(first.kind);
    expect(play.reserve().outcome).toMatchObject({ kind: "send", cancelFirst: first.atTwilio });

    const other = new LedgerPlay();
    const done = other.start();
    other.cancel(done);
    other.confirmCanceled({ service: signIn, reference: other.sids.get(signIn)?.sid ?? "" });
    expect(other.ledger.live).toEqual({});
    expect(other.cancel(done)).not.toHaveProperty("atTwilio");
    expect(other.reserve().outcome).not.toHaveProperty("cancelFirst");
  });

  it("is canceled at Twilio every 30 s at most, however often and by whoever it is said", () => {
    const play = new LedgerPlay();
    const [id, other] = [play.start(), play.start()];
    play.cancel(other);
    expect(play.cancel(id)).toHaveProperty("atTwilio");
    for (const again of [id, other]) expect(play.cancel(again)).not.toHaveProperty("atTwilio");
    play.wait(30 * second - 1);
    expect(play.cancel(id)).not.toHaveProperty("atTwilio");
    play.wait(1);
    expect(play.cancel(other)).toHaveProperty("atTwilio");
    // A start does not wait for that.
    expect(play.reserve().outcome).toHaveProperty("cancelFirst");
  });

  it("is not taken for canceled when another one is meant", () => {
    const play = new LedgerPlay();
    const id = play.start();
    const reference = play.sids.get(signIn)?.sid ?? "";
    play.confirmCanceled({ service: signIn, reference });
    expect(play.status(id)).toBe("pending");
    expect(play.ledger.live).not.toEqual({});
    play.cancel(id);
    play.confirmCanceled({ service: signIn, reference: "VE-other" });
    expect(play.reserve().outcome).toHaveProperty("cancelFirst");
  });

  it("has no name to be canceled by before its sid is known: it is stood on again", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    play.check(id);
    expect(play.cancel(id)).not.toHaveProperty("atTwilio");
    const next = play.reserve();
    expect(next.outcome).toMatchObject({ kind: "send", view: { attemptsRemaining: 4 } });
    expect(next.outcome).not.toHaveProperty("cancelFirst");
    play.settle(id, send, play.sent());
    expect(play.cancel(id)).not.toHaveProperty("atTwilio");
    play.settle(next.id, next.send, play.sent());
    expect([play.status(id), play.status(next.id)]).toEqual(["canceled", "pending"]);
    expect(play.cancel(next.id)).toMatchObject({ atTwilio: { service: signIn } });
  });

  it("stays while a start on it is on its way", () => {
    const play = new LedgerPlay();
    const first = play.start();
    play.reserve({ caller: "known" });
    expect(play.cancel(first)).not.toHaveProperty("atTwilio");
  });

  it("is not canceled by the DELETE of what has expired", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.wait(10 * minute);
    expect(play.cancel(id)).not.toHaveProperty("atTwilio");
    expect(play.status(id)).toBe("canceled");
  });

  it("is forgotten with the only start on it, when that was refused", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    play.settle(id, send, { kind: "refused" });
    expect(play.ledger).toMatchObject({ codes: {}, live: {} });
  });

  it("takes no sixth send, and a stranger waits for its end", () => {
    const play = new LedgerPlay();
    for (let sends = 0; sends < 5; sends += 1) play.start();
    expect(play.reserve().outcome).toEqual({ kind: "number_refused", retryAfterMs: 10 * minute });
    play.wait(10 * minute);
    expect(play.reserve().outcome.kind).toBe("send");
  });
});

describe("the last 15 s of a code", () => {
  it.each(callerClasses)("are waited for by a start of %s, exactly", (caller) => {
    const play = new LedgerPlay();
    play.start();
    play.wait(10 * minute - 15 * second + 1);
    const waitMs = 15 * second - 1;
    expect(play.reserve({ caller }).outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: waitMs,
    });
    play.wait(waitMs);
    expect(play.reserve({ caller }).outcome).toMatchObject({ view: { attemptsRemaining: 5 } });
  });
});

describe("a send that returns another sid", () => {
  it("replaces the stored verification: its guesses and its end", () => {
    const play = new LedgerPlay();
    const id = play.start();
    for (let tries = 0; tries < 3; tries += 1) play.check(id);
    play.wait(minute);
    play.sids.clear();
    expect(play.resend(id)).toMatchObject({
      attemptsRemaining: 5,
      expiresAtMs: play.nowMs + 10 * minute,
    });
    expect(play.begin(id).outcome).toMatchObject({ reference: play.sids.get(signIn)?.sid });
  });

  it("goes on counting what is outstanding", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.check(id);
    play.wait(10 * second);
    play.begin(id);
    const other = play.begin(id).attempt;
    play.wait(20 * second);
    play.sids.clear();
    expect(play.resend(id).attemptsRemaining).toBe(3);
    expect(play.settleCheck(id, other, "approved").kind).toBe("approved");
  });

  it("gives no life to what has expired by then", () => {
    const play = new LedgerPlay();
    const old = play.start();
    play.wait(10 * minute - 15 * second);
    const { id, send } = play.reserve();
    play.wait(16 * second);
    expect(play.status(old)).toBe("expired");
    play.settle(id, send, play.sent());
    expect([play.status(old), play.status(id)]).toEqual(["expired", "pending"]);
    expect(play.check(old)).toEqual({ kind: "ended", status: "expired" });
  });

  it("gives no life to what is exhausted by then", () => {
    const play = new LedgerPlay();
    const old = play.start();
    const { id, send } = play.reserve();
    for (let tries = 0; tries < 5; tries += 1) play.check(old);
    play.wait(second);
    play.sids.clear();
    play.settle(id, send, play.sent());
    expect([play.status(old), play.status(id)]).toEqual(["exhausted", "pending"]);
  });

  it("stands, though the answer of an older one comes after it", () => {
    const play = new LedgerPlay();
    play.start();
    const [late, early] = [play.reserve(), play.reserve({ caller: "known" })];
    const older = play.sent();
    play.sids.clear();
    play.wait(second);
    const younger = play.sent();
    play.settle(early.id, early.send, younger);
    play.check(early.id);
    play.settle(late.id, late.send, older);
    expect(play.view(late.id)).toMatchObject({
      attemptsRemaining: 4,
      expiresAtMs: younger.expiresAtMs,
    });
    expect(play.begin(late.id).outcome).toMatchObject({ reference: younger.reference });
  });

  it("of a code long over touches nothing of the one that is live", () => {
    const play = new LedgerPlay();
    const late = play.reserve();
    const sent = play.sent();
    play.wait(11 * minute);
    const { id } = play.reserve({ caller: "known" });
    const before = play.view(id);
    play.settle(late.id, late.send, sent);
    expect([play.view(id), play.status(late.id)]).toEqual([before, "expired"]);
  });

  it("joins the code that is live by then: a service has one", () => {
    const play = new LedgerPlay();
    play.start();
    play.wait(10 * minute - 15 * second);
    const late = play.reserve();
    play.wait(15 * second);
    const fresh = play.start({ caller: "known" });
    play.settle(late.id, late.send, play.sent());
    play.check(late.id);
    expect(play.view(fresh)).toMatchObject({ status: "pending", attemptsRemaining: 4 });
    expect(play.view(late.id)).toMatchObject({ status: "pending", attemptsRemaining: 4 });
  });
});

describe("a code that strangers have used up", () => {
  it.each(owners)("is canceled and made anew when %s starts", (caller) => {
    const play = new LedgerPlay();
    const waiting = play.start();
    const stranger = useUp(play);
    const sid = play.sids.get(signIn)?.sid;
    const { id, send, outcome } = play.reserve({ caller });
    expect(outcome).toMatchObject({
      kind: "send",
      cancelFirst: { service: signIn, reference: sid },
      view: { status: "pending", attemptsRemaining: 5, expiresAtMs: play.nowMs + 10 * minute },
    });
    play.sids.clear();
    play.settle(id, send, play.sent());
    expect([play.status(stranger), play.status(waiting)]).toEqual(["canceled", "canceled"]);
  });

  it.each(owners)(
    "is canceled and made anew when %s resends, and his handle lives on",
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

  it.each(owners)("is dead at its end for %s too, however exhausted it was", (caller) => {
    const play = new LedgerPlay();
    const mine = play.start({ caller });
    useUp(play);
    play.wait(10 * minute);
    expect(play.reserveResend(mine).outcome).toMatchObject({ kind: "ended" });
  });

  it.each(owners)("by sends is made anew for %s too", (caller) => {
    const play = new LedgerPlay();
    const mine = play.start({ caller });
    for (let sends = 0; sends < 4; sends += 1) play.start();
    play.wait(30 * second);
    expect(play.reserveResend(mine).outcome).toMatchObject({ kind: "send", cancelFirst: {} });
  });

  it("stays as it is for another stranger, until its end", () => {
    const play = new LedgerPlay();
    const stranger = useUp(play);
    play.wait(minute);
    expect(play.reserve().outcome).toEqual({ kind: "number_refused", retryAfterMs: 9 * minute });
    expect(play.reserveResend(stranger).outcome).toEqual({ kind: "ended", status: "exhausted" });
  });

  it.each(owners)("is not made anew for %s when he has used it up himself", (caller) => {
    const play = new LedgerPlay();
    useUp(play, caller);
    expect(play.reserve({ caller }).outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: 10 * minute,
    });
  });

  it("is not made anew for an owner whose own limits refuse him", () => {
    const limits = [{ count: 1, seconds: 3600 }];
    const play = new LedgerPlay();
    play.start({ caller: "known", service: "own", limits });
    useUp(play);
    const before = play.ledger;
    expect(play.reserve({ caller: "known", limits }).outcome.kind).toBe("number_refused");
    expect(play.ledger).toEqual(before);
  });

  it("is live again when it could not be canceled, so that the next start cancels it", () => {
    const play = new LedgerPlay();
    useUp(play);
    const first = play.reserve({ caller: "known" });
    play.settle(first.id, first.send, { kind: "refused" });
    expect(play.reserve().outcome.kind).toBe("number_refused");
    expect(play.reserve({ caller: "known" }).outcome).toMatchObject({
      kind: "send",
      cancelFirst: { service: signIn, reference: play.sids.get(signIn)?.sid },
    });
  });

  it("is stood on again when a resend could not cancel it", () => {
    const play = new LedgerPlay();
    const mine = play.start({ caller: "known" });
    useUp(play);
    play.wait(30 * second);
    const before = play.view(mine);
    const { send, outcome } = play.reserveResend(mine);
    if (outcome.kind !== "send") throw new Error(outcome.kind);
    play.settle(mine, send, { kind: "refused", previous: outcome.previous });
    expect(play.view(mine)).toEqual(before);
    expect(play.reserveResend(mine).outcome).toMatchObject({ kind: "send", cancelFirst: {} });
  });

  it("takes an attempt with it that is still being judged, counted and settled on its own code", () => {
    const play = new LedgerPlay();
    const mine = play.start({ caller: "known" });
    const stranger = play.start();
    for (let tries = 0; tries < 4; tries += 1) play.check(stranger);
    play.wait(15 * second);
    const { attempt } = play.begin(mine);
    play.wait(15 * second);
    play.resend(mine);
    expect(play.settleCheck(mine, attempt, "wrong")).toEqual({
      kind: "wrong_code",
      attemptsRemaining: 5,
    });
    expect(play.ledger.callers.known?.failures).toBe(1);
  });
});

describe("a used-up code whose sid is not known", () => {
  const cannotBeNamed = { kind: "number_refused", retryAfterMs: 10 * minute };

  it.each(owners)(
    "by wrong codes is waited for by %s, until a start may tell its sid",
    (caller) => {
      const play = new LedgerPlay();
      const { id, send } = play.reserve();
      for (let tries = 0; tries < 5; tries += 1) play.check(id);
      play.wait(10 * second);
      expect(play.reserve({ caller }).outcome).toEqual({
        kind: "number_refused",
        retryAfterMs: 20 * second,
      });
      play.settle(id, send, play.sent());
      const reference = play.sids.get(signIn)?.sid;
      expect(play.reserve({ caller }).outcome).toMatchObject({
        kind: "send",
        cancelFirst: { service: signIn, reference },
      });
    },
  );

  it.each(owners)(
    "is waited for by %s to its end where no start will tell it any more",
    (caller) => {
      const play = new LedgerPlay();
      const { id } = play.reserve();
      for (let tries = 0; tries < 5; tries += 1) play.check(id);
      play.wait(30 * second);
      const waitMs = 9.5 * minute;
      expect(play.reserve({ caller }).outcome).toEqual({ ...cannotBeNamed, retryAfterMs: waitMs });
      play.wait(waitMs);
      expect(play.reserve({ caller }).outcome.kind).toBe("send");
    },
  );

  it("by another transaction is waited for", () => {
    const play = new LedgerPlay();
    play.reserve({ binding: "one" });
    play.wait(30 * second);
    const { outcome } = play.reserve({ caller: "service", binding: "another" });
    expect(outcome).toEqual({ ...cannotBeNamed, retryAfterMs: 9.5 * minute });
  });

  it.each(owners)("by lost sends is sent by %s all the same, which tells the sid", (caller) => {
    const play = new LedgerPlay();
    for (let sends = 0; sends < 5; sends += 1) {
      const { id, send } = play.reserve();
      play.settle(id, send, { kind: "unknown" });
    }
    expect(play.reserve().outcome).toEqual(cannotBeNamed);
    const { id, send, outcome } = play.reserve({ caller });
    expect(outcome).not.toHaveProperty("cancelFirst");
    play.settle(id, send, play.sent());
    expect(play.status(id)).toBe("pending");
    expect(play.reserve({ caller }).outcome).toMatchObject({
      kind: "send",
      cancelFirst: { service: signIn, reference: play.sids.get(signIn)?.sid },
    });
  });
});

describe("a code that confirms a transaction", () => {
  const one = { caller: "service", binding: "one" } as const;
  const another = { caller: "service", binding: "another" } as const;

  /** A resend on its way to Twilio, which will make a new verification for it. */
  function overtaken(play: LedgerPlay, by: (id: string) => void) {
    const id = play.start(one);
    play.wait(30 * second);
    const { send } = play.reserveResend(id);
    by(id);
    play.sids.clear();
    play.settle(id, send, play.sent());
    return id;
  }

  it.each([
    ["an approval", (play: LedgerPlay, id: string) => void play.check(id, "approved")],
    [
      "a DELETE",
      (play: LedgerPlay, id: string) => {
        const outcome = play.cancel(id);
        if (outcome.kind !== "canceled" || outcome.atTwilio === undefined) throw new Error("kept");
        const { service, reference } = outcome.atTwilio;
        play.confirmCanceled({ service, reference });
      },
    ],
  ])("is canceled by the next start, where %s came before its resend", (_, by) => {
    for (const next of [one, another]) {
      const play = new LedgerPlay();
      overtaken(play, (id) => by(play, id));
      expect(play.reserve(next).outcome).toMatchObject({
        kind: "send",
        cancelFirst: { service: signIn, reference: play.sids.get(signIn)?.sid },
        view: { status: "pending", attemptsRemaining: 5 },
      });
    }
  });

  it("goes on with whoever is on his way to it, where a resend was overtaken", () => {
    const play = new LedgerPlay();
    let other: ReturnType<LedgerPlay["reserve"]> | undefined;
    overtaken(play, (id) => {
      other = play.reserve(one);
      play.check(id, "approved");
    });
    if (other === undefined) throw new Error("nobody was on his way");
    play.settle(other.id, other.send, play.sent());
    expect(play.status(other.id)).toBe("pending");
    expect(play.reserve(one).outcome).not.toHaveProperty("cancelFirst");
  });

  it("is canceled by the next start, where it was used before its sid was known", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve(one);
    expect(play.check(id, "approved").kind).toBe("approved");
    play.settle(id, send, play.sent());
    expect(play.reserve(another).outcome).toMatchObject({
      cancelFirst: { reference: play.sids.get(signIn)?.sid },
    });
  });

  it("is not made while a send for another one is on its way, live code or not", () => {
    const play = new LedgerPlay();
    const id = play.start(one);
    play.wait(30 * second);
    const { send } = play.reserveResend(id);
    play.wait(10 * second);
    const refusal = { kind: "number_refused", retryAfterMs: 20 * second };
    expect(play.reserve(another).outcome).toEqual(refusal);
    play.check(id, "approved");
    expect(play.ledger.live).toEqual({});
    expect(play.reserve(another).outcome).toEqual(refusal);
    expect(play.reserve({ caller: "service", service: twoFactor }).outcome.kind).toBe("send");
    play.settle(id, send, play.sent());
    expect(play.reserve(another).outcome.kind).toBe("send");
  });

  it("is made when a send for another one is sure to be over, though its code has ended before", () => {
    const play = new LedgerPlay();
    const id = play.start(one);
    play.wait(10 * minute - 20 * second);
    play.reserveResend(id);
    play.wait(20 * second);
    expect(play.status(id)).toBe("expired");
    const refusal = { kind: "number_refused", retryAfterMs: 10 * second };
    expect(play.reserve(another).outcome).toEqual(refusal);
    play.wait(10 * second);
    expect(play.reserve(another).outcome.kind).toBe("send");
  });

  it("ends with the send of another one, not with its reservation", () => {
    for (const kind of ["sent", "unknown", "refused"] as const) {
      const play = new LedgerPlay();
      const first = play.start(one);
      const { id, send } = play.reserve(another);
      expect(play.status(first)).toBe("pending");
      if (kind !== "refused") play.sids.clear();
      play.settle(id, send, kind === "sent" ? play.sent() : { kind });
      expect(play.status(first)).toBe(kind === "refused" ? "pending" : "canceled");
    }
  });

  it("may be right while another one's start is on its way", () => {
    const play = new LedgerPlay();
    const first = play.start(one);
    const { id, send } = play.reserve(another);
    expect(play.check(first, "approved").kind).toBe("approved");
    play.sids.clear();
    play.settle(id, send, play.sent());
    expect([play.status(first), play.status(id)]).toEqual(["approved", "pending"]);
  });

  it.each(["approved", "canceled"] as const)(
    "that was %s while it should have been replaced is canceled by the next start",
    (status) => {
      const play = new LedgerPlay();
      const first = play.start(one);
      const { id, send } = play.reserve(another);
      if (status === "approved") play.check(first, "approved");
      else play.cancel(first);
      play.settle(id, send, { kind: "refused" });
      expect(play.status(first)).toBe(status);
      expect(play.reserve(one).outcome).toMatchObject({
        kind: "send",
        cancelFirst: { reference: play.sids.get(signIn)?.sid },
      });
    },
  );

  it("ends when a late send has brought it to another transaction, and so does that one", () => {
    const play = new LedgerPlay();
    const late = play.reserve(one);
    play.wait(10 * minute);
    const live = play.start(another);
    play.settle(late.id, late.send, play.sent());
    expect([play.status(late.id), play.status(live)]).toEqual(["canceled", "canceled"]);
    expect(play.reserve(another).outcome).toMatchObject({
      cancelFirst: { reference: play.sids.get(signIn)?.sid },
    });
  });

  it("ends when it is found to be another's, whose answer came first", () => {
    const play = new LedgerPlay();
    const late = play.reserve(one);
    play.wait(10 * minute);
    const { id, send } = play.reserve(another);
    play.settle(late.id, late.send, play.sent());
    play.settle(id, send, play.sent());
    expect([play.status(late.id), play.status(id)]).toEqual(["canceled", "canceled"]);
  });
});

describe("a fallback to a code of our own", () => {
  const own = { sealed: "sealed code", digest: "1:the-right-digest" };

  /** The resend of `id`, for which Twilio Verify takes no requests. */
  function fallBack(play: LedgerPlay, id: string, afterMs = 30 * second): void {
    play.wait(afterMs);
    const { send } = play.reserveResend(id);
    const expiresAtMs = play.nowMs + 10 * minute;
    play.settle(id, send, { kind: "sent", expiresAtMs, reference: "SM1", fallback: own });
  }

  it("leaves nothing of the shared one when nobody else stands on it", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    const expiresAtMs = play.nowMs + 5 * minute;
    const view = play.settle(id, send, { kind: "sent", expiresAtMs, fallback: own });
    expect(view).toMatchObject({ status: "pending", attemptsRemaining: 5, expiresAtMs });
    expect(play.ledger.live).toEqual({});
    expect(Object.values(play.ledger.codes)).toMatchObject([{ engine: "messaging", own }]);
    expect(play.check(id, "approved").kind).toBe("approved");
  });

  it("carries the verification's own attempts over: no new guesses", () => {
    const play = new LedgerPlay();
    const [mine, other] = [play.start(), play.start({ caller: "known" })];
    play.check(mine);
    play.check(mine);
    play.check(other);
    fallBack(play, mine);
    expect(play.view(mine)?.attemptsRemaining).toBe(3);
    expect(play.view(other)?.attemptsRemaining).toBe(2);
    for (let tries = 0; tries < 3; tries += 1) play.check(mine);
    expect(play.status(mine)).toBe("exhausted");
    expect(play.status(other)).toBe("pending");
    expect(play.ledger.callers.anonymous?.failures).toBe(5);
  });

  it("said of two sends gives no new guesses either", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.check(id);
    play.wait(30 * second);
    const late = play.reserveResend(id).send;
    play.wait(10 * second);
    fallBack(play, id);
    play.check(id);
    const expiresAtMs = play.nowMs + 10 * minute;
    play.settle(id, late, { kind: "sent", expiresAtMs, fallback: own });
    expect(play.view(id)?.attemptsRemaining).toBe(3);
  });

  it("counts what was outstanding once, and lets it be right", () => {
    for (const result of ["wrong", "approved"] as const) {
      const play = new LedgerPlay();
      const id = play.start();
      play.wait(10 * second);
      const { attempt } = play.begin(id);
      fallBack(play, id, 20 * second);
      expect(play.view(id)?.attemptsRemaining).toBe(4);
      const outcome = play.settleCheck(id, attempt, result);
      expect(outcome.kind).toBe(result === "wrong" ? "wrong_code" : "approved");
      play.wait(minute);
      play.prune();
      expect(play.ledger.callers.anonymous?.failures).toBe(result === "wrong" ? 1 : 0);
    }
  });

  it("is not exhausted by what Twilio says of the shared one", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.wait(10 * second);
    const { attempt } = play.begin(id);
    fallBack(play, id, 20 * second);
    play.settleCheck(id, attempt, "exhausted");
    expect(play.status(id)).toBe("pending");
  });

  it("leaves the guesses on the shared one counted, for whoever starts next", () => {
    const play = new LedgerPlay();
    const id = play.start();
    for (let tries = 0; tries < 3; tries += 1) play.check(id);
    fallBack(play, id);
    play.prune();
    expect(play.view(play.start())?.attemptsRemaining).toBe(2);
    play.wait(day + 10 * minute);
    play.prune();
    expect(play.ledger.live).toEqual({});
  });

  it("tells the message that carried it", () => {
    const play = new LedgerPlay();
    const id = play.start();
    fallBack(play, id);
    expect(play.check(id, "approved")).toMatchObject({ messageSid: "SM1" });
  });

  it("said twice gives no second set of guesses", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    const sent = { kind: "sent", expiresAtMs: play.nowMs + 10 * minute, fallback: own } as const;
    play.settle(id, send, sent);
    for (let tries = 0; tries < 3; tries += 1) play.check(id);
    play.settle(id, send, sent);
    expect(play.view(id)?.attemptsRemaining).toBe(2);
  });
});
