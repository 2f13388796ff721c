import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { createLog, redact } from "../../src/lib/log.ts";

describe("redaction", () => {
  it.each([
    ["E.164", "+12015550123"],
    ["00 and digits", "0012015550123"],
    ["spaces", "+1 201 555 0123"],
    ["dashes", "1-201-555-0123"],
    ["dots", "201.555.0123"],
    ["brackets", "+1 (201) 555-0123"],
    ["brackets and slashes", "(0171) / 123 45 67"],
    ["slashes", "0171/1234567"],
    ["no-break spaces", "+33\u00A01\u00A023\u00A045\u00A067\u00A089"],
    ["two separators in a row", "201 - 555 - 0123"],
    ["a percent-encoded plus", "%2B12015550123"],
    ["Arabic digits", "+٩٦٦٥٠١٢٣٤٥٦٧"],
    ["fullwidth digits", "+１２０１５５５０１２３"],
    ["a word around it", "tel12015550123x"],
  ])("leaves no three digits of a number written with %s", (_how, spelling) => {
    const clean = redact(`before ${spelling} after`);
    expect(clean).not.toMatch(/\p{Nd}{3}/u);
    expect(clean).toMatch(/^before .*\[digits\].* after$/);
  });

  it("leaves no code of 4 to 10 digits, wherever it stands", () => {
    const codes = fc.stringMatching(/^\d{4,10}$/);
    const frames = fc.constantFrom("", " ", "=", ":", '"', "code", "Code is ", "/", "_", ".", "-");
    fc.assert(
      fc.property(codes, frames, frames, (code, before, after) => {
        expect(redact(`${before}${code}${after}`)).not.toMatch(/\d/);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["a verification id", "vrf_AQIDBAUGBwgJCgsMDQ4PEA-_x"],
    ["a service key", "sk_live-AbCdEfGhIjKlMnOp"],
    ["a subject", "usr_AbCdEfGhIjKlMnOpQrStUvWxYz012"],
    ["a JWT", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl-_x"],
    ["Basic credentials", "Basic QUNhYWE6c2VjcmV0"],
    ["a bearer token", "Bearer abc.def-ghi"],
    ["credentials in lower case", "bearer abc.def-ghi"],
  ])("replaces %s whole", (_what, secret) => {
    for (const [before, after] of [
      ["", ""],
      ["in /v1/verifications/", "/check"],
      ['"', '"'],
      ["id=", "&x"],
      ["x_", ""],
    ]) {
      const clean = redact(`${before}${secret}${after}`);
      expect(clean).toContain("[redacted]");
      for (const part of secret.split(/[\s.]/).slice(-1)) expect(clean).not.toContain(part);
    }
  });

  it.each([
    "+1•••••2671",
    "+44•••••123",
    "GET",
    "provider_unavailable",
    "60s",
    "429",
    "ES256",
    "550e8400-e29b-41d4-a716-446655440000",
    "12345678-1234-4123-8123-123456789012",
    "RQ0123456789abcdef0123456789abcdef",
    "risk_assessment",
  ])("leaves %s as it is", (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe("the log", () => {
  function linesOf(write: () => void): unknown[] {
    const lines: string[] = [];
    const spy = vi.spyOn(console, "log").mockImplementation((line: unknown) => {
      lines.push(String(line));
    });
    write();
    spy.mockRestore();
    return lines.map((line): unknown => JSON.parse(line));
  }

  it("redacts every text field, and keeps numbers, truth values and the request id", () => {
    const requestId = "12345678-1234-4123-8123-123456789012";
    const log = createLog({ request_id: requestId });
    const lines = linesOf(() => log("test.event", { to: "+12015550123", status: 503, ok: false }));
    expect(lines).toEqual([
      { event: "test.event", request_id: requestId, to: "[digits]", status: 503, ok: false },
    ]);
  });

  it("keeps an event on one line whatever is in it", () => {
    const lines: string[] = [];
    const spy = vi.spyOn(console, "log").mockImplementation((line: unknown) => {
      lines.push(String(line));
    });
    createLog({})("test.event", { error: 'a\r\n{"event":"forged"}\u2028' });
    spy.mockRestore();
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\r\n]/);
  });
});
