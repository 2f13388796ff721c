import { describe, expect, it } from "vitest";
import type { DeliveryStatus } from "../../src/contract/words.ts";
import { recordDelivery } from "../../src/ledger/delivery.ts";
import { day, LedgerPlay, minute } from "./play.ts";

function report(
  play: LedgerPlay,
  id: string,
  status: DeliveryStatus,
  send = 1,
  errorCode?: number,
): boolean {
  const about = { id, send, status, ...(errorCode !== undefined && { errorCode }) };
  return play.apply((ledger) => recordDelivery(ledger, about));
}

/** Returns a verification that was sent twice. */
function sentTwice(play: LedgerPlay): string {
  const id = play.start({ service: "own" });
  play.wait(minute);
  play.resend(id);
  return id;
}

describe("a delivery report", () => {
  it("updates the message's status", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    for (const status of ["queued", "sent", "delivered"] as const) {
      expect(report(play, id, status)).toBe(true);
      expect(play.view(id)?.delivery).toEqual({ send: 1, status });
    }
  });

  it("is idempotent", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    expect([report(play, id, "sent"), report(play, id, "sent")]).toEqual([true, false]);
  });

  it("out of order never reverts the status", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    report(play, id, "delivered");
    for (const status of ["queued", "sent", "undelivered", "failed"] as const)
      expect(report(play, id, status)).toBe(false);
    expect(play.view(id)?.delivery?.status).toBe("delivered");
  });

  it.each(["undelivered", "failed"] as const)("of %s is final too, with its error code", (end) => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    expect(report(play, id, end, 1, 30_003)).toBe(true);
    expect(report(play, id, "delivered")).toBe(false);
    expect(play.view(id)?.delivery).toEqual({ send: 1, status: end, errorCode: 30_003 });
  });

  it("of a newer send replaces that of an older send, but not vice versa", () => {
    const play = new LedgerPlay();
    const id = sentTwice(play);
    report(play, id, "failed", 1, 30_003);
    expect(report(play, id, "queued", 2)).toBe(true);
    expect(report(play, id, "delivered", 1)).toBe(false);
    expect(play.view(id)?.delivery).toEqual({ send: 2, status: "queued" });
  });

  it("of an unknown send is refused", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    expect(report(play, id, "delivered", 2)).toBe(false);
    expect(play.view(id)).not.toHaveProperty("delivery");
  });

  it("that arrives before its start is stored is kept", () => {
    const play = new LedgerPlay();
    const { id, send } = play.reserve({ service: "own" });
    expect(report(play, id, "delivered")).toBe(true);
    play.settle(id, send, play.sent("own"));
    expect(play.view(id)?.delivery?.status).toBe("delivered");
  });

  it("after the end is kept, and does not revive the verification", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    play.cancel(id);
    expect(report(play, id, "delivered")).toBe(true);
    expect(play.view(id)).toMatchObject({ status: "canceled", delivery: { status: "delivered" } });
  });

  it("of a deleted verification writes nothing", () => {
    const play = new LedgerPlay();
    const id = play.start({ service: "own" });
    play.wait(day + 10 * minute);
    play.prune();
    const before = play.ledger;
    expect(report(play, id, "delivered")).toBe(false);
    expect(report(play, "__proto__", "delivered")).toBe(false);
    expect(play.ledger).toEqual(before);
  });
});
