import { describe, expect, it } from "vitest";
import { assessLine, type LinePolicy } from "../../src/guard/line-risk.ts";
import type { Channel } from "../../src/contract/channels.ts";
import type { Line } from "../../src/twilio/lookup.ts";

describe("what a line says against a send", () => {
  const policy: LinePolicy = {
    voip: "challenge",
    pumping: "challenge",
    pumpingScore: 75,
  };
  const judge = (
    line: Partial<Line>,
    channel: Channel = "sms",
    captcha: "missing" | "passed" = "missing",
  ) =>
    assessLine(
      { type: "mobile", pumpingScore: undefined, isBlocked: false, ...line },
      { channel, captcha },
      policy,
    );

  it("is that a landline takes no text, a captcha or not, and takes a call", () => {
    const refused = { verdict: "refuse", reasons: ["landline"] };
    expect(judge({ type: "landline" })).toEqual(refused);
    expect(judge({ type: "landline" }, "whatsapp", "passed")).toEqual(refused);
    expect(judge({ type: "landline" }, "call")).toEqual({ verdict: "pass", reasons: [] });
  });

  it("is what the policy says of VoIP, fixed or not", () => {
    expect(judge({ type: "fixed_voip" })).toEqual({ verdict: "challenge", reasons: ["voip"] });
    expect(judge({ type: "fixed_voip" }, "sms", "passed").verdict).toBe("pass");
    expect(judge({ type: "non_fixed_voip" }, "call").verdict).toBe("challenge");
  });

  it("is a captcha from a score of the threshold on, and for a number that is blocked", () => {
    const asked = { verdict: "challenge", reasons: ["pumping"] };
    expect(judge({ pumpingScore: 74 })).toEqual({ verdict: "pass", reasons: [] });
    expect(judge({ pumpingScore: 75 })).toEqual(asked);
    expect(judge({ isBlocked: true })).toEqual(asked);
  });

  it("is a refusal where nobody's phone is", () => {
    expect(judge({ type: "special" })).toEqual({ verdict: "refuse", reasons: ["special"] });
  });

  it("is nothing where a rule is off, and only a word where it records", () => {
    const line = { type: "fixed_voip", pumpingScore: 99, isBlocked: false } as const;
    const send = { channel: "sms", captcha: "missing" } as const;
    const quiet: LinePolicy = { ...policy, voip: "off", pumping: "record" };
    expect(assessLine(line, send, quiet)).toEqual({ verdict: "pass", reasons: ["pumping"] });
  });

  it("is nothing where Twilio does not know", () => {
    expect(judge({ type: "unknown" })).toEqual({ verdict: "pass", reasons: [] });
  });

  it("is all of it at once, the strongest first", () => {
    expect(judge({ type: "landline", pumpingScore: 99 })).toEqual({
      verdict: "refuse",
      reasons: ["landline", "pumping"],
    });
  });
});
