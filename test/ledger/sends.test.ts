import { describe, expect, it } from "vitest";
import { emptyLedger } from "../../src/ledger/state.ts";
import { day, LedgerPlay, minute, second, signIn } from "./play.ts";

const one = [{ count: 1, seconds: 86_400 }];

describe("a refusal before the first reservation", () => {
  it("writes nothing", () => {
    const play = new LedgerPlay();
    expect(play.reserveResend("nobody").outcome).toEqual({ kind: "not_found" });
    play.settle("nobody", "send", { kind: "unknown" });
    expect(play.check("nobody")).toEqual({ kind: "not_found" });
    expect(play.settleCheck("nobody", "attempt", "approved")).toEqual({ kind: "not_found" });
    expect(play.cancel("nobody")).toBe(false);
    expect(play.prune()).toBeUndefined();
    expect(play.ledger).toEqual(emptyLedger());
  });

  it.each(["__proto__", "constructor", "toString"])("works for the id %s too", (id) => {
    const play = new LedgerPlay();
    play.start();
    expect(play.check(id)).toEqual({ kind: "not_found" });
    expect(play.cancel(id)).toBe(false);
    expect(play.view(id)).toBeUndefined();
  });
});

describe("a reservation", () => {
  it("that is refused is given back, and leaves no trace", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve({ limits: one });
    expect(play.reserve({ limits: one }).outcome.kind).toBe("number_refused");
    play.settle(id, send, { kind: "refused" });
    expect(play.ledger).toMatchObject({ verifications: {}, codes: {} });
    expect(play.reserve({ limits: one }).outcome.kind).toBe("send");
  });

  it("is given back once, even if it is settled several times", () => {
    const two = [{ count: 2, seconds: 86_400 }];
    const play = new LedgerPlay();
    const first = play.reserve({ limits: two, service: "own" });
    play.reserve({ limits: two, service: "own" });
    for (let times = 0; times < 3; times += 1)
      play.settle(first.id, first.send, { kind: "refused" });
    expect(play.reserve({ limits: two }).outcome.kind).toBe("send");
    expect(play.reserve({ limits: two }).outcome.kind).toBe("number_refused");
  });

  it("is not given back after its deadline of 30 s", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve({ limits: one });
    play.wait(30 * second);
    play.settle(id, send, { kind: "refused" });
    expect(play.reserve({ limits: one }).outcome.kind).toBe("number_refused");
  });

  it("is given back in the last moment before the deadline", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve({ limits: one });
    play.wait(30 * second - 1);
    play.settle(id, send, { kind: "refused" });
    expect(play.reserve({ limits: one }).outcome.kind).toBe("send");
  });

  it.each(["unknown", "never"] as const)("with the result %s counts as sent", (ending) => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve({ limits: one });
    if (ending === "unknown") play.settle(id, send, { kind: "unknown" });
    play.wait(day - 1);
    expect(play.reserve({ limits: one }).outcome).toEqual({
      kind: "number_refused",
      retryAfterMs: 1,
      by: "number:window",
    });
  });

  it("whose answer was lost is canceled, because no caller has its id", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    play.settle(id, send, { kind: "unknown" });
    expect(play.status(id)).toBe("canceled");
  });

  it("is settled once: a retry changes nothing", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve();
    const sent = play.sent();
    play.settle(id, send, sent);
    const before = play.ledger;
    play.settle(id, send, sent);
    play.settle(id, send, { kind: "unknown" });
    play.settle(id, send, { kind: "refused" });
    expect(play.ledger).toEqual(before);
  });
});

describe("a resend", () => {
  it("must wait 30, 40, 60, 90 and then 120 s, and the refusal names the exact time", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    for (const cooldown of [30, 40, 60, 90, 120]) {
      expect(play.view(id)?.resendAtMs).toBe(play.nowMs + cooldown * second);
      play.wait(cooldown * second - 1);
      expect(play.reserveResend(id).outcome).toEqual({ kind: "cooldown", retryAfterMs: 1 });
      play.wait(1);
      play.resend(id);
    }
    play.wait(119 * second);
    expect(play.reserveResend(id).outcome).toEqual({ kind: "cooldown", retryAfterMs: second });
  });

  it("delays neither another verification's resend nor a start", () => {
    const play = new LedgerPlay();
    const first = play.start();
    play.wait(30 * second);
    const other = play.start();
    play.resend(first);
    expect(play.reserveResend(other).outcome.kind).toBe("cooldown");
    expect(play.reserve().outcome.kind).toBe("send");
  });

  it.each([signIn, "own"])("does not extend the lifetime of a code of %s", (service) => {
    const play = new LedgerPlay();
    const id = play.start({ service });
    const expiresAtMs = play.view(id)?.expiresAtMs;
    for (const cooldown of [30, 40, 60]) {
      play.wait(cooldown * second);
      expect(play.resend(id).expiresAtMs).toBe(expiresAtMs);
    }
    play.wait(10 * minute - 130 * second - 1);
    expect(play.status(id)).toBe("pending");
    play.wait(1);
    expect(play.status(id)).toBe("expired");
  });

  it("is refused in the last 15 s", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.wait(10 * minute - 15 * second + 1);
    expect(play.reserveResend(id).outcome).toEqual({ kind: "ended", status: "expired" });
    play.wait(-1);
    expect(play.reserveResend(id).outcome.kind).toBe("send");
  });

  it("counts in the windows of its caller class", () => {
    const play = new LedgerPlay();
    const id = play.start({ limits: one });
    play.wait(minute);
    expect(play.reserveResend(id, { limits: one }).outcome.kind).toBe("number_refused");
  });

  it("that is refused changes neither cooldown nor channel nor count", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.wait(30 * second);
    const before = play.view(id);
    const { send, outcome } = play.reserveResend(id, { channel: "call" });
    expect(play.view(id)).toMatchObject({
      channel: "call",
      resendAtMs: play.nowMs + 40 * second,
    });
    if (outcome.kind !== "send") throw new Error(outcome.kind);
    play.settle(id, send, { kind: "refused" });
    expect(play.view(id)).toEqual(before);
    expect(play.reserveResend(id, { channel: "call" }).outcome.kind).toBe("send");
  });

  it("whose answer was lost leaves the verification pending, and counts", () => {
    const play = new LedgerPlay();
    const id = play.start();
    play.wait(30 * second);
    const { send } = play.reserveResend(id);
    play.settle(id, send, { kind: "unknown" });
    expect(play.status(id)).toBe("pending");
    expect(play.reserveResend(id).outcome).toEqual({
      kind: "cooldown",
      retryAfterMs: 40 * second,
    });
  });

  it("whose answer was lost leaves the verification pending, even if the start was never settled", () => {
    const play = new LedgerPlay();
    const { id } = play.reserve();
    play.wait(31 * second);
    const { send } = play.reserveResend(id);
    play.settle(id, send, { kind: "unknown" });
    expect(play.status(id)).toBe("pending");
  });

  it("of a code of the engine messaging is possible only by text", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    play.wait(minute);
    expect(play.reserveResend(id, { channel: "call" }).outcome).toEqual({ kind: "text_only" });
    expect(play.reserveResend(id, { channel: "sms" }).outcome.kind).toBe("send");
  });

  it.each(["canceled", "approved", "exhausted"] as const)(
    "of a verification that is %s is refused",
    (status) => {
      const play = new LedgerPlay();
      const id = play.start({ service: "own" });
      if (status === "canceled") play.cancel(id);
      if (status === "approved") play.check(id, "approved");
      if (status === "exhausted") for (let tries = 0; tries < 5; tries += 1) play.check(id);
      play.wait(minute);
      expect(play.reserveResend(id).outcome).toEqual({ kind: "ended", status });
    },
  );
});

describe("an idempotency key", () => {
  const idempotency = { key: "key", body: "body" };

  it("returns the same verification again, and nothing is sent", () => {
    const play = new LedgerPlay();
    const id = play.start({ limits: one, idempotency });
    const before = play.ledger;
    const { outcome } = play.reserve({ limits: one, idempotency });
    expect(outcome).toEqual({
      kind: "replayed",
      id,
      sealedNumber: `sealed number of ${id}`,
      view: play.view(id),
    });
    expect(play.ledger).toEqual(before);
  });

  it("still returns the verification after its end", () => {
    const play = new LedgerPlay();
    const id = play.start({ idempotency });
    play.cancel(id);
    expect(play.reserve({ idempotency }).outcome).toMatchObject({
      kind: "replayed",
      id,
      view: { status: "canceled" },
    });
  });

  it("with another body is refused", () => {
    const play = new LedgerPlay();
    play.start({ idempotency });
    const { outcome } = play.reserve({ idempotency: { key: "key", body: "other" } });
    expect(outcome).toEqual({ kind: "idempotency_key_reused" });
  });

  it("is in flight for 30 s, and then unknown", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve({ idempotency });
    play.wait(30 * second - 1);
    expect(play.reserve({ idempotency }).outcome).toEqual({
      kind: "in_flight",
      untilMs: play.nowMs + 1,
      caller: "anonymous",
    });
    play.wait(1);
    expect(play.reserve({ idempotency }).outcome).toEqual({ kind: "unknown_send" });
    play.settle(id, send, play.sent());
    expect(play.reserve({ idempotency }).outcome.kind).toBe("replayed");
  });

  it("of a send whose answer was lost causes no send either", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve({ idempotency });
    play.settle(id, send, { kind: "unknown" });
    expect(play.reserve({ idempotency }).outcome).toEqual({ kind: "unknown_send" });
  });

  it("of a refused start can be used again, also with another body", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve({ idempotency });
    play.settle(id, send, { kind: "refused" });
    const other = { key: "key", body: "other" };
    expect(play.reserve({ idempotency: other }).outcome.kind).toBe("send");
  });

  it("of another caller class is another key", () => {
    const play = new LedgerPlay();
    play.start({ idempotency });
    const { outcome } = play.reserve({ idempotency, caller: "service" });
    expect(outcome.kind).toBe("send");
  });

  it("is deleted with its verification", () => {
    const play = new LedgerPlay();
    play.start({ idempotency });
    play.wait(day + 10 * minute);
    play.prune();
    expect(play.reserve({ idempotency }).outcome.kind).toBe("send");
  });
});
