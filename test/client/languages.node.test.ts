import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { languageFiles } from "../../src/client/browser/sign-in/language-files.ts";
import {
  canonicalTag,
  directionOf,
  duration,
  languageAndScript,
} from "../../src/client/browser/sign-in/language.ts";
import { english } from "../../src/client/browser/sign-in/texts.ts";

const folder = join(import.meta.dirname, "../../src/client/browser/sign-in/languages");
const files = readdirSync(folder).map((name) => name.replace(/\.json$/, ""));
const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted();

describe("the languages of the element", () => {
  it("are ten with English, and the element knows each file", () => {
    expect(files.toSorted()).toEqual(languageFiles.map(({ tag }) => tag).toSorted());
    expect(files.length + 1).toBeGreaterThanOrEqual(10);
    expect(new Set(["en", ...files].map(languageAndScript)).size).toBe(files.length + 1);
  });

  it.each(files)("%s has every text, with the same placeholders", async (tag) => {
    const texts: unknown = JSON.parse(readFileSync(join(folder, `${tag}.json`), "utf8"));
    expect(await languageFiles.find((file) => file.tag === tag)?.load()).toEqual(texts);
    const written = texts as Record<string, string>;
    expect(Object.keys(written)).toEqual(Object.keys(english));
    for (const [name, text] of Object.entries(english)) {
      expect([name, placeholders(written[name] ?? "")]).toEqual([name, placeholders(text)]);
      expect([name, written[name]?.trim()]).toEqual([name, written[name]]);
    }
    expect(canonicalTag(tag)).toBe(tag);
  });
});

describe("a language tag", () => {
  it.each([
    ["en-US@posix", "en-US"],
    ["en_US.UTF-8", "en-US"],
    ["iw", "he"],
    ["ZH-hans-cn", "zh-Hans-CN"],
    ["C", undefined],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
    ["x-foo", undefined],
    ["en-", undefined],
  ])("in %j is read as %j", (text, tag) => {
    expect(canonicalTag(text)).toBe(tag);
  });

  it.each([
    "ar",
    "fa-IR",
    "he",
    "iw",
    "ur",
    "ps",
    "sd",
    "ug",
    "yi",
    "dv",
    "ckb",
    "pa-PK",
    "ff-Adlm",
  ])("%s is written from right to left", (tag) => {
    expect(directionOf(tag)).toBe("rtl");
  });

  it.each(["en", "ar-Latn", "pa", "ku", "zh-TW", "ja", "ff", "tlh", "und"])(
    "%s is written from left to right",
    (tag) => {
      expect(directionOf(tag)).toBe("ltr");
    },
  );

  it("has its own words for a duration", () => {
    expect(duration("en", 119)).toBe("119 seconds");
    expect(duration("en", 121)).toBe("3 minutes");
    expect(duration("fr", 7200)).toBe("2\u00a0heures");
    expect(duration("he", 300)).toBe("5 דקות");
  });
});
