import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { encodeBase64Url } from "../../src/lib/base64url.ts";
import { createLog, redact } from "../../src/lib/log.ts";
import { runs } from "../helpers/runs.ts";

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
  ])("keeps fewer than three digits of a number written as %s", (_how, spelling) => {
    const clean = redact(`before ${spelling} after`);
    expect(clean).not.toMatch(/\p{Nd}{3}/u);
    expect(clean).toMatch(/^before .*\[digits\].* after$/);
  });

  it("removes a code of 4 to 10 digits at every position", () => {
    const codes = fc.stringMatching(/^\d{4,10}$/);
    const frames = fc.constantFrom("", " ", "=", ":", '"', "code", "Code is ", "/", "_", ".", "-");
    fc.assert(
      fc.property(codes, frames, frames, (code, before, after) => {
        expect(redact(`${before}${code}${after}`)).not.toMatch(/\d/);
      }),
      { numRuns: runs(1000) },
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
  ])("replaces %s completely", (_what, secret) => {
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

  /** A text with the length and the randomness of a real token. */
  const randomText = (bytes: number) =>
    encodeBase64Url(crypto.getRandomValues(new Uint8Array(bytes)));

  it.each([
    ["refresh", "rt_", 150],
    ["device", "dev_", 45],
  ])("replaces a %s token completely at every position", (_, prefix, bytes) => {
    for (const [before, after] of [
      ["", ""],
      [" ", " "],
      ['{"token":"', '"}'],
      ['{\\"token\\":\\"', '\\"}'],
      ["__Host-phonegate=", "; theme=dark"],
      ["https://app.example.com/?token=", "&x=1"],
      ["https://app.example.com/#token=", ""],
      ["%22token%22%3A%22", "%22"],
      ["?next=%2Fa%3Ftoken%3D", "%26x"],
      ["a line\\n", "\\nanother"],
      ["token", "."],
      ["x_", "!"],
      ["0", " "],
      ["Bearer ", ","],
      ["ses_", ""],
      [`ses_${randomText(16)} `, ""],
      [`ses_${randomText(16)}-`, ""],
    ]) {
      const token = prefix + randomText(bytes);
      const clean = redact(`${before}${token}${after}`);
      expect(clean).toContain("[redacted]");
      for (let start = prefix.length; start + 12 <= token.length; start += 1)
        expect(clean).not.toContain(token.slice(start, start + 12));
    }
  });

  it("keeps a session id, even if it has many digits", () => {
    const ids = fc.oneof(
      fc.stringMatching(/^ses_[A-Za-z0-9_-]{21}[A-Za-z]$/),
      fc.stringMatching(/^ses_[0-9]{10}[a-z]{2}[0-9]{10}$/),
      fc.stringMatching(/^ses_[0-9-]{21}[a-z]$/),
      fc
        .stringMatching(/^ses_[0-9]{3}[_-](vrf|sk|usr|rt|dev)_[0-9]{11}$/)
        .map((id) => `${id}aaaa`.slice(0, 26)),
    );
    const frames = fc.constantFrom("", " ", "/v1/sessions/", '"', "id=", ":", "(", "4 ", "\n");
    const ends = fc.constantFrom("", " ", '"', ".", ",", "/x", ")", "&");
    fc.assert(
      fc.property(ids, frames, ends, (id, before, after) => {
        expect(redact(`${before}${id}${after}`)).toBe(`${before}${id}${after}`);
      }),
      { numRuns: runs(1000) },
    );
  });

  it.each([
    ["alone", "ses_12015550123"],
    ["in E.164", "ses_+12015550123"],
    ["shorter by a character", `ses_${"a".repeat(10)}12015550123`],
    ["longer by a character", `ses_${"a".repeat(12)}12015550123`],
    ["behind a session", `ses_${"a".repeat(22)}12015550123`],
    ["behind a session and a dash", `ses_${"a".repeat(22)}-12015550123`],
    ["behind a session and a space", `ses_${"a".repeat(22)} 12015550123`],
    ["broken by a dot", `ses_${"a".repeat(10)}.12015550123`],
    ["with spaces", "ses_1 201 555 0123 aaaaaaaaa"],
    ["in capitals", `SES_${"a".repeat(11)}12015550123`],
    ["within a word", `xses_${"a".repeat(11)}12015550123`],
    ["within a name", `x_ses_${"a".repeat(11)}12015550123`],
    ["of nothing but a number", "ses_0000000000012015550123"],
  ])("hides a number in a text that only begins like a session id: %s", (_, text) => {
    const clean = redact(`before ${text} after`);
    expect(clean).toContain("[digits]");
    expect(clean).not.toMatch(/\d{3}/);
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
  ])("keeps %s", (text) => {
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

  it("redacts every text field, and keeps numbers, booleans and the request id", () => {
    const requestId = "12345678-1234-4123-8123-123456789012";
    const log = createLog(() => ({ request_id: requestId }));
    const lines = linesOf(() => log("test.event", { to: "+12015550123", status: 503, ok: false }));
    expect(lines).toEqual([
      { event: "test.event", request_id: requestId, to: "[digits]", status: 503, ok: false },
    ]);
  });

  it("writes every event on one line", () => {
    const lines: string[] = [];
    const spy = vi.spyOn(console, "log").mockImplementation((line: unknown) => {
      lines.push(String(line));
    });
    createLog(() => ({}))("test.event", { error: 'a\r\n{"event":"forged"}\u2028' });
    spy.mockRestore();
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\r\n]/);
  });
});
