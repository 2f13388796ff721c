import { describe, expect, it } from "vitest";
import { beginCheck } from "../../src/ledger/check.ts";
import type { CheckResult } from "../../src/ledger/check-result.ts";
import { LedgerPlay, minute, rightDigest, second, signIn, twoFactor, wrongDigest } from "./play.ts";

const lastWrong = { kind: "ended", status: "exhausted", isJudged: true };
const failuresOf = (play: LedgerPlay) => play.ledger.callers.anonymous?.failures;

describe.each([signIn, "own"])("a verification of %s", (service) => {
  it("is exhausted by the fifth wrong code", () => {
    const play = new LedgerPlay();
    const id = play.start({ service });
    for (const attemptsRemaining of [4, 3, 2, 1])
      expect(play.check(id)).toEqual({ kind: "wrong_code", attemptsRemaining });
    expect(play.check(id)).toEqual(lastWrong);
    expect(play.status(id)).toBe("exhausted");
    expect(play.check(id, "approved")).toEqual({ kind: "ended", status: "exhausted" });
  });

  it("gets no new attempts from a resend: three wrong, a resend, two wrong", () => {
    const play = new LedgerPlay();
    const id = play.start({ service });
    for (let tries = 0; tries < 3; tries += 1) play.check(id);
    play.wait(30 * second);
    expect(play.resend(id).attemptsRemaining).toBe(2);
    expect(play.check(id)).toEqual({ kind: "wrong_code", attemptsRemaining: 1 });
    expect(play.check(id)).toEqual(lastWrong);
    expect(play.check(id)).toEqual({ kind: "ended", status: "exhausted" });
    expect(failuresOf(play)).toBe(5);
  });

  it("accepts a right code once", () => {
    const play = new LedgerPlay();
    const id = play.start({ service });
    expect(play.check(id, "approved")).toMatchObject({
      kind: "approved",
      sealedNumber: `sealed number of ${id}`,
      purpose: "sign_in",
      channel: "sms",
    });
    expect(play.check(id, "approved")).toEqual({ kind: "ended", status: "approved" });
    expect(play.status(id)).toBe("approved");
  });

  it("is expired from its end on, even if no alarm has run", () => {
    const play = new LedgerPlay();
    const id = play.start({ service });
    play.wait(10 * minute - 1);
    expect(play.check(id).kind).toBe("wrong_code");
    play.wait(1);
    expect(play.check(id, "approved")).toEqual({ kind: "ended", status: "expired" });
  });

  it("that is canceled accepts no code, and canceling is idempotent", () => {
    const play = new LedgerPlay();
    const id = play.start({ service });
    for (let times = 0; times < 2; times += 1) expect(play.cancel(id)).toBe(true);
    expect(play.check(id, "approved")).toEqual({ kind: "ended", status: "canceled" });
    expect(play.status(id)).toBe("canceled");
  });

  it("that is approved stays approved when it is canceled", () => {
    const play = new LedgerPlay();
    const id = play.start({ service });
    play.check(id, "approved");
    play.cancel(id);
    expect(play.status(id)).toBe("approved");
  });
});

describe("a number", () => {
  it.each([signIn, "own"])(
    "is locked after ten wrong codes over verifications of %s",
    (service) => {
      const play = new LedgerPlay();
      let judged = 0;
      for (let starts = 0; starts < 5; starts += 1) {
        const { id, send, outcome } = play.reserve({ service });
        if (outcome.kind !== "send") break;
        play.settle(id, send, play.sent(service));
        for (let tries = 0; tries < 5; tries += 1)
          if (play.check(id).kind !== "locked") judged += 1;
        // Twilio's used-up verification stays used up until it expires.
        if (service !== "own") play.wait(10 * minute);
      }
      expect(judged).toBe(10);
      expect(failuresOf(play)).toBe(10);
    },
  );
});

describe("a code of the engine messaging", () => {
  it("matches under any listed pepper", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    const request = { id, attempt: "attempt", digests: [wrongDigest, rightDigest] };
    expect(play.apply((ledger, nowMs) => beginCheck(ledger, request, nowMs)).kind).toBe("approved");
  });

  it("never matches without a candidate", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    const request = { id, attempt: "attempt", digests: [] };
    const outcome = play.apply((ledger, nowMs) => beginCheck(ledger, request, nowMs));
    expect(outcome).toEqual({ kind: "wrong_code", attemptsRemaining: 4 });
  });

  it("returns its newest message, so that the approval can be reported to Twilio", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    play.wait(30 * second);
    const { send } = play.reserveResend(id);
    const sent = play.sent("own");
    play.settle(id, send, sent);
    expect(play.check(id, "approved")).toMatchObject({ messageSid: sent.sid });
  });

  it("is valid only for its verification", () => {
    const play = new LedgerPlay();
    const [first, other] = [play.start({ service: "own" }), play.start({ service: "own" })];
    for (let tries = 0; tries < 5; tries += 1) play.check(first);
    expect(play.status(other)).toBe("pending");
    expect(play.check(other, "approved").kind).toBe("approved");
    expect(play.status(first)).toBe("exhausted");
  });
});

describe("an attempt", () => {
  it("is counted before the code is checked", () => {
    const play = new LedgerPlay();
    const id = play.start();
    expect(play.begin(id).outcome).toMatchObject({ kind: "ask", attemptsRemaining: 4 });
    expect(play.view(id)?.attemptsRemaining).toBe(4);
  });

  it("occupies the line: a second attempt finds it busy until the first is settled", () => {
    const play = new LedgerPlay();
    const [id, other] = [play.start(), play.start({ caller: "known" })];
    const { attempt } = play.begin(id);
    for (const waiting of [id, other])
      expect(play.begin(waiting).outcome).toMatchObject({ kind: "busy", service: signIn });
    play.settleCheck(id, attempt, "wrong");
    expect(play.begin(other).outcome).toMatchObject({ kind: "ask", attemptsRemaining: 3 });
  });

  it("of another service has its own line", () => {
    const play = new LedgerPlay();
    const [id, other] = [play.start(), play.start({ service: twoFactor })];
    play.begin(id);
    expect(play.begin(other).outcome.kind).toBe("ask");
  });

  it("that is the fifth can still be approved while it is in flight", () => {
    const play = new LedgerPlay();
    const id = play.start();
    for (let tries = 0; tries < 4; tries += 1) play.check(id);
    const { attempt } = play.begin(id, "right");
    expect(play.view(id)).toMatchObject({ status: "pending", attemptsRemaining: 0 });
    expect(play.settleCheck(id, attempt, "approved").kind).toBe("approved");
    expect(failuresOf(play)).toBe(0);
  });

  it("that was approved is approved again when its settlement is retried", () => {
    const play = new LedgerPlay();
    const id = play.start();
    const { attempt } = play.begin(id, "right");
    const approved = play.settleCheck(id, attempt, "approved");
    const before = play.ledger;
    expect(play.settleCheck(id, attempt, "approved")).toEqual(approved);
    expect(play.ledger).toEqual(before);
  });

  it("whose verification was canceled in the meantime is neither approved nor a wrong code", () => {
    const play = new LedgerPlay();
    const id = play.start();
    const { attempt } = play.begin(id, "right");
    play.cancel(id);
    const ended = { kind: "ended", status: "canceled" };
    expect(play.settleCheck(id, attempt, "approved")).toEqual(ended);
    expect(play.settleCheck(id, attempt, "approved")).toEqual(ended);
    expect(failuresOf(play) ?? 0).toBe(0);
    // The code is used at Twilio, so the next start needs no cancellation.
    expect(play.reserve().outcome).not.toHaveProperty("cancelFirst");
  });

  it("that is not settled within 30 s counts as wrong, and frees the line", () => {
    const play = new LedgerPlay();
    const id = play.start();
    for (let tries = 0; tries < 4; tries += 1) play.check(id);
    play.begin(id);
    play.wait(30 * second - 1);
    expect(play.begin(id).outcome.kind).toBe("busy");
    expect([play.status(id), failuresOf(play)]).toEqual(["pending", 4]);
    play.wait(1);
    expect(play.status(id)).toBe("exhausted");
    expect(play.check(id)).toEqual({ kind: "ended", status: "exhausted" });
    expect(failuresOf(play)).toBe(5);
  });

  it.each(["approved", "not_judged", "unknown", "wrong"] as const)(
    "whose lease has ended stays a wrong code when %s arrives late",
    (result) => {
      for (const isLooked of [true, false]) {
        const play = new LedgerPlay();
        const id = play.start();
        for (let tries = 0; tries < 4; tries += 1) play.check(id);
        const { attempt } = play.begin(id, "right");
        play.wait(30 * second);
        if (isLooked) play.prune();
        expect(play.settleCheck(id, attempt, result).kind).not.toBe("approved");
        expect(play.status(id)).toBe(result === "approved" ? "canceled" : "exhausted");
        expect(failuresOf(play)).toBe(5);
      }
    },
  );

  it("that is approved after its lease has ended leaves a code that needs no cancellation", () => {
    const play = new LedgerPlay();
    const [id, other] = [play.start(), play.start({ caller: "known" })];
    const { attempt } = play.begin(id, "right");
    play.wait(30 * second);
    expect(play.settleCheck(id, attempt, "approved")).toEqual({
      kind: "ended",
      status: "canceled",
    });
    expect(play.status(other)).toBe("canceled");
    expect(play.reserve().outcome).not.toHaveProperty("cancelFirst");
  });

  it("whose lease has ended locks from the end of the lease on", () => {
    const play = new LedgerPlay();
    play.fail(9);
    const id = play.start();
    play.begin(id);
    play.wait(minute);
    expect(play.reserve().outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: 15 * minute - 30 * second,
      by: "number:lock",
    });
  });

  it("that did not reach Twilio is given back once", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.check(id);
    const { attempt } = play.begin(id);
    for (let times = 0; times < 3; times += 1) play.settleCheck(id, attempt, "not_judged");
    expect([play.view(id)?.attemptsRemaining, failuresOf(play)]).toEqual([4, 1]);
  });

  it("counts as one wrong code, even if it is settled several times", () => {
    const play = new LedgerPlay();
    const id = play.start();
    const { attempt } = play.begin(id);
    for (let times = 0; times < 3; times += 1)
      expect(play.settleCheck(id, attempt, "wrong")).toEqual({
        kind: "wrong_code",
        attemptsRemaining: 4,
      });
    expect(failuresOf(play)).toBe(1);
  });

  it.each(["unknown", "gone", "unknowable", "exhausted", "not_judged"] satisfies CheckResult[])(
    "that ends as %s is not a wrong code, so that an outage locks no caller",
    (result) => {
      const play = new LedgerPlay();
      for (let starts = 0; starts < 4; starts += 1) {
        const id = play.start({ service: `VA-${starts}` });
        for (let tries = 0; tries < 5; tries += 1) {
          const { attempt, outcome } = play.begin(id);
          if (outcome.kind === "ask") play.settleCheck(id, attempt, result);
        }
      }
      play.wait(minute);
      play.prune();
      expect(failuresOf(play)).toBe(0);
      expect(play.reserve({ service: "own" }).outcome.kind).toBe("send");
    },
  );

  it("without an answer stays counted for its code", () => {
    const play = new LedgerPlay();
    const id = play.start();
    expect(play.check(id, "unknown")).toEqual({ kind: "unknown" });
    expect(play.view(id)).toMatchObject({ status: "pending", attemptsRemaining: 4 });
  });

  it("that gets a 404 before the end by the Worker's clock expires the verification", () => {
    const play = new LedgerPlay();
    const id = play.start();
    expect(play.check(id, "gone")).toEqual({ kind: "ended", status: "expired" });
    expect(play.status(id)).toBe("expired");
  });

  it("that gets a 404 after an attempt without an answer is unknown, because that attempt may have been right", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.check(id, "unknown");
    expect(play.check(id, "gone")).toEqual({ kind: "unknown" });
    expect(play.status(id)).toBe("canceled");
  });

  it("that gets a 404 after a wrong code expires the verification, even after lost answers", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.check(id, "unknown");
    play.check(id, "wrong");
    expect(play.check(id, "gone")).toEqual({ kind: "ended", status: "expired" });
  });

  it("that timed out and then got a 404 is unknown, and the verification is canceled", () => {
    const play = new LedgerPlay();
    const id = play.start();
    expect(play.check(id, "unknowable")).toEqual({ kind: "unknown" });
    expect(play.status(id)).toBe("canceled");
    expect(play.reserve().outcome).toMatchObject({ kind: "send", view: { attemptsRemaining: 5 } });
  });

  it("that Twilio refuses as too many exhausts the code, even if the ledger counted fewer", () => {
    const play = new LedgerPlay();
    const id = play.start();
    expect(play.check(id, "exhausted")).toEqual({ kind: "ended", status: "exhausted" });
    expect(play.view(id)).toMatchObject({ status: "exhausted", attemptsRemaining: 0 });
    expect(play.check(id)).toEqual({ kind: "ended", status: "exhausted" });
  });

  it("that Twilio reports as the last wrong one exhausts the code, and counts as a failure", () => {
    const play = new LedgerPlay();
    const id = play.start();
    expect(play.check(id, "last_wrong")).toEqual({
      kind: "ended",
      status: "exhausted",
      isJudged: true,
    });
    expect(play.view(id)).toMatchObject({ status: "exhausted", attemptsRemaining: 0 });
    expect(failuresOf(play)).toBe(1);
  });

  it.each(["canceled", "expired"] as const)(
    "that finds the code %s at Twilio ends every verification of the code with that status, and is not a failure",
    (status) => {
      const play = new LedgerPlay();
      const [id, other] = [play.start(), play.start({ caller: "known" })];
      expect(play.check(id, status)).toEqual({ kind: "ended", status });
      expect([play.status(id), play.status(other)]).toEqual([status, status]);
      expect(failuresOf(play) ?? 0).toBe(0);
      const { outcome } = play.reserve();
      expect(outcome).toMatchObject({ kind: "send", view: { attemptsRemaining: 5 } });
      expect(outcome).not.toHaveProperty("cancelFirst");
    },
  );

  it("names Twilio's sid if it is known, and waits while a send is in flight", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    expect(play.begin(id).outcome.kind).toBe("busy");
    const sent = play.sent();
    play.settle(id, send, sent);
    expect(play.begin(id).outcome).toEqual({
      kind: "ask",
      service: signIn,
      sid: sent.sid,
      sealedNumber: `sealed number of ${id}`,
      channel: "sms",
      purpose: "sign_in",
      attemptsRemaining: 4,
    });
  });

  it("names no sid if the settlement of the send was lost", () => {
    const play = new LedgerPlay();
    const { id } = play.reserve();
    play.wait(30 * second);
    const { outcome } = play.begin(id);
    expect(outcome.kind).toBe("ask");
    expect(outcome).not.toHaveProperty("sid");
  });

  it("stores nothing of the guessed code", () => {
    const play = new LedgerPlay();
    const [id, own] = [play.start(), play.start({ service: "own" })];
    play.check(id);
    play.check(own);
    expect(JSON.stringify(play.ledger)).not.toContain(wrongDigest);
  });
});
