import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lookUpLanguage } from "../../src/lib/language-lookup.ts";

describe("the lookup of a language (RFC 4647 §3.4)", () => {
  it.each([
    // The RFC's own example: zh-Hant-CN-x-private1-private2 is shortened step by step to zh.
    ["zh-Hant-CN-x-private1-private2", ["zh-Hant-CN-x-private1"], "zh-Hant-CN-x-private1"],
    ["zh-Hant-CN-x-private1-private2", ["zh-Hant-CN-x", "zh-Hant-CN"], "zh-Hant-CN"],
    ["zh-Hant-CN-x-private1-private2", ["zh-CN", "zh-Hant"], "zh-Hant"],
    ["zh-Hant-CN-x-private1-private2", ["zh-CN", "zh"], "zh"],
    ["zh-Hant-CN-x-private1-private2", ["zh-CN", "en"], undefined],
    ["EN-us", ["de", "en"], "en"],
    ["en", ["EN"], "EN"],
    ["en", ["en-GB"], undefined],
    ["en-GB", ["en", "en-GB"], "en-GB"],
    ["de", [], undefined],
    ["de", ["d"], undefined],
  ])("finds for %s among %j: %s", (range, available, found) => {
    expect(lookUpLanguage(range, available)).toBe(found);
  });

  it("finds only available languages", () => {
    const tag = fc.stringMatching(/^[a-z]{2,3}(-[A-Z]{2})?(-[a-z0-9]{1,8}){0,3}$/);
    fc.assert(
      fc.property(tag, fc.array(tag, { maxLength: 5 }), (range, available) => {
        const found = lookUpLanguage(range, available);
        if (found === undefined) expect(available).not.toContain(range);
        else {
          expect(available).toContain(found);
          expect(`${range}-`.toLowerCase().startsWith(`${found}-`.toLowerCase())).toBe(true);
        }
      }),
    );
  });
});
