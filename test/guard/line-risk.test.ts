import { describe, expect, it } from "vitest";
import { assessLine, type LinePolicy } from "../../src/guard/line-risk.ts";
import type { Channel } from "../../src/contract/channels.ts";
import type { PhoneLine } from "../../src/twilio/lookup.ts";

describe("the verdict on a line", () => {
  const policy: LinePolicy = {
    voip: "challenge",
    pumping: "challenge",
    pumpingScore: 75,
  };
  const verdictOn = (
    line: Partial<PhoneLine>,
    channel: Channel = "sms",
    captcha: "missing" | "passed" = "missing",
  ) =>
    assessLine(
      { type: "mobile", pumpingScore: undefined, isBlocked: false, ...line },
      { channel, captcha },
      policy,
    );

  it("refuses a text to a landline, even with a captcha, but not a call", () => {
    const refused = { verdict: "refuse", reasons: ["landline"] };
    expect(verdictOn({ type: "landline" })).toEqual(refused);
    expect(verdictOn({ type: "landline" }, "whatsapp", "passed")).toEqual(refused);
    expect(verdictOn({ type: "landline" }, "call")).toEqual({ verdict: "pass", reasons: [] });
  });

  it("follows the policy for VoIP, fixed or not", () => {
    expect(verdictOn({ type: "fixed_voip" })).toEqual({ verdict: "challenge", reasons: ["voip"] });
    expect(verdictOn({ type: "fixed_voip" }, "sms", "passed").verdict).toBe("pass");
    expect(verdictOn({ type: "non_fixed_voip" }, "call").verdict).toBe("challenge");
  });

  it("requires a captcha from the threshold score on, and for a blocked number", () => {
    const asked = { verdict: "challenge", reasons: ["pumping"] };
    expect(verdictOn({ pumpingScore: 74 })).toEqual({ verdict: "pass", reasons: [] });
    expect(verdictOn({ pumpingScore: 75 })).toEqual(asked);
    expect(verdictOn({ isBlocked: true })).toEqual(asked);
  });

  it("refuses line types that are not a user's phone", () => {
    expect(verdictOn({ type: "special" })).toEqual({ verdict: "refuse", reasons: ["special"] });
  });

  it("is empty if a rule is off, and only a note if the rule records", () => {
    const line = { type: "fixed_voip", pumpingScore: 99, isBlocked: false } as const;
    const send = { channel: "sms", captcha: "missing" } as const;
    const quiet: LinePolicy = { ...policy, voip: "off", pumping: "record" };
    expect(assessLine(line, send, quiet)).toEqual({ verdict: "pass", reasons: ["pumping"] });
  });

  it("is empty if Twilio has no data", () => {
    expect(verdictOn({ type: "unknown" })).toEqual({ verdict: "pass", reasons: [] });
  });

  it("lists all rules, strongest first", () => {
    expect(verdictOn({ type: "landline", pumpingScore: 99 })).toEqual({
      verdict: "refuse",
      reasons: ["landline", "pumping"],
    });
  });
});
