import { describe, expect, it } from "vitest";
import { verifyLocale, verifyLocales } from "../../src/twilio/verify-locale.ts";
import { twinLocales } from "../../src/twin/verify/locale.ts";
import documented from "./fixtures/verify-languages.json";

describe("the languages of Twilio Verify", () => {
  it("are those of the documentation, in the Worker's table and in the twin's", () => {
    expect([...verifyLocales].toSorted()).toEqual(documented.languages.toSorted());
    expect([...twinLocales].toSorted()).toEqual(documented.languages.toSorted());
  });

  it.each(documented.languages)("include %s unchanged", (language) => {
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
  ])("use for %s the language %s", (tag, locale) => {
    expect(verifyLocale(tag)).toBe(locale);
  });

  it.each(["fa", "sw", "sl-rozaj-biske-1994", "uk-UA", "nds", "zxx"])("have none for %s", (tag) => {
    expect(verifyLocale(tag)).toBeUndefined();
  });
});
