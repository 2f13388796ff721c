import { describe, expect, it } from "vitest";
import type { DeliveryStatus } from "../../src/contract/words.ts";
import { verificationView } from "../../src/verification/views.ts";

const channels = ["sms", "call", "whatsapp"] as const;

function deliveryOf(status: DeliveryStatus, ways: readonly (typeof channels)[number][] = channels) {
  const view = {
    status: "pending",
    purpose: "sign_in",
    channel: "sms",
    expiresAtMs: 600_000,
    resendAtMs: 30_000,
    attemptsRemaining: 5,
    delivery: { status, send: 1, errorCode: 30_003 },
  } as const;
  return verificationView("vrf_1", view, ways, 0).delivery;
}

describe("the delivery of a text", () => {
  it.each(["undelivered", "failed"] as const)("that is %s names the other channels", (status) => {
    const suggested_channels = ["call", "whatsapp"];
    expect(deliveryOf(status)).toEqual({ status, error_code: 30_003, suggested_channels });
  });

  it("that failed names no channel if no other is open", () => {
    expect(deliveryOf("failed", ["sms"])).toEqual({ status: "failed", error_code: 30_003 });
  });

  it.each(["queued", "sent", "delivered"] as const)("that is %s names no channel", (status) => {
    expect(deliveryOf(status)).toEqual({ status, error_code: 30_003 });
  });
});
