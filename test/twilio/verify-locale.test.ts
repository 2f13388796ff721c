import { describe, expect, it } from "vitest";
import { verifyLocale, verifyLocales } from "../../src/twilio/verify-locale.ts";
import { twinLocales } from "../../src/twin/verify/locale.ts";
import documented from "./fixtures/verify-languages.json";

describe("the languages of Twilio Verify", () => {
  it("are those of its documentation, in our table and in the twin's", () => {
    expect([...verifyLocales].toSorted()).toEqual(documented.languages.toSorted());
    expect([...twinLocales].toSorted()).toEqual(documented.languages.toSorted());
  });

  it.each(documented.languages)("has %s as it is", (language) => {
    expect(verifyLocale(language)).toBe(language);
    expect(verifyLocale(language.toUpperCase())).toBe(language);
  });

  it.each([
    ["en-US", "en"],
    ["en-AU", "en"],
    ["en-us", "en"],
    ["es-MX", "es"],
    ["es-419", "es"],
    ["pt-PT", "pt"],
    ["pt-br", "pt-BR"],
    ["zh-TW", "zh"],
    ["zh-Hant-TW", "zh"],
    ["zh-Hans-CN", "zh"],
    ["yue-HK", "zh-HK"],
    ["no", "nb"],
    ["no-NO", "nb"],
    ["nn-NO", "nb"],
    ["fil", "tl"],
    ["fil-PH", "tl"],
    ["iw-IL", "he"],
    ["in", "id"],
    ["en-x-private", "en"],
  ])("is asked for %s as %s", (tag, locale) => {
    expect(verifyLocale(tag)).toBe(locale);
  });

  it.each(["fa", "sw", "sl-rozaj-biske-1994", "uk-UA", "nds", "zxx"])("has none for %s", (tag) => {
    expect(verifyLocale(tag)).toBeUndefined();
  });
});
