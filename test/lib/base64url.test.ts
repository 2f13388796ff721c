import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64Url, encodeBase64Url } from "../../src/lib/base64url.ts";
import { runs } from "../helpers/runs.ts";

describe("base64url", () => {
  it.each([
    ["an impossible length", "A"],
    ["padding", "AA=="],
    ["the standard alphabet's plus", "+A"],
    ["the standard alphabet's slash", "/A"],
    ["a space", "A A"],
    ["a newline at the end", "AAAA\n"],
    ["a letter outside ASCII", "AAÄA"],
    ["leftover bits in two characters", "AB"],
    ["leftover bits in three characters", "AAB"],
  ])("refuses %s", (_what, text) => {
    expect(decodeBase64Url(text)).toBeUndefined();
  });

  it("decodes what was encoded, in an alphabet that is safe in a URL", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase64Url(bytes);
        expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
        expect(decodeBase64Url(text)).toEqual(bytes);
      }),
    );
  });

  it("has one spelling for any bytes: every other text is refused", () => {
    const alphabet = fc.constantFrom(..."ABQgw09_-+/=".split(""));
    const texts = fc.string({ unit: alphabet, maxLength: 12 });
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = decodeBase64Url(text);
        expect(bytes === undefined || encodeBase64Url(bytes) === text).toBe(true);
      }),
      { numRuns: runs(1000) },
    );
  });

  it("encodes as RFC 4648 §10 does, without padding", () => {
    expect(encodeBase64Url(new TextEncoder().encode("fooba"))).toBe("Zm9vYmE");
    expect(encodeBase64Url(new Uint8Array([0xfb, 0xff]))).toBe("-_8");
  });
});
