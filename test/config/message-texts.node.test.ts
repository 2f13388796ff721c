import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readMessageTexts, type MessageTexts } from "../../src/config/message-texts.ts";
import { lookUpLanguage } from "../../src/lib/language-lookup.ts";
import { EnvReader } from "../../src/lib/env-reader.ts";
import { composeMessage } from "../../src/sending/message.ts";
import { countSegments } from "../../src/sending/sms-segments.ts";

const languages = readdirSync(
  join(import.meta.dirname, "../../src/client/browser/sign-in/languages"),
).map((file) => file.replace(".json", ""));

const read = (env: Record<string, string> = {}) => {
  const reader = new EnvReader(env);
  return { ...readMessageTexts(reader), problems: reader.problems };
};

describe("the built-in messages", () => {
  const { texts, transactionTexts } = read();

  it("exist in each language of the sign-in element", () => {
    expect(languages.length).toBeGreaterThan(2);
    const primary = languages.map((tag) => tag.replace(/-.*/, ""));
    for (const { byLanguage } of [texts, transactionTexts]) {
      const ours = Object.keys(byLanguage);
      expect(languages.map((tag) => lookUpLanguage(tag, ours))).toEqual(primary);
      expect(ours.toSorted()).toEqual(primary.toSorted());
    }
  });

  it.each([undefined, ...languages])("fit into one text in %s", (locale) => {
    const machines = { webOtpDomain: undefined, androidAppHash: undefined };
    const template = { texts, transactionTexts, appName: "Phonegate", ...machines };
    const confirmed = { payee: "Example Payee Ltd", amount: "1,000.00 EUR" };
    for (const each of [undefined, confirmed]) {
      const content = { code: "482913", secondsLeft: 600, locale, confirmed: each };
      const message = composeMessage(template, content);
      expect(message).toContain("482913");
      expect(message).not.toMatch(/[{}]/);
      expect([message, countSegments(message)]).toEqual([message, 1]);
    }
  });
});

describe("the operator's messages", () => {
  const byLanguage = (texts: MessageTexts) => texts.byLanguage;

  it("replace the built-in messages of their languages, found by canonical tags", () => {
    const { texts, problems } = read({ OTP_MESSAGES: '{"DE":"{code} neu","pt-br":"{code} novo"}' });
    expect(problems).toEqual([]);
    expect(byLanguage(texts)).toMatchObject({ de: "{code} neu", "pt-BR": "{code} novo" });
    expect(Object.keys(byLanguage(texts))).toContain("es");
  });

  it("are the only messages if OTP_MESSAGE is the operator's own", () => {
    const { texts } = read({
      OTP_MESSAGE: "{code} mine",
      OTP_MESSAGES: '{"fr":"{code} : le mien"}',
    });
    expect(texts).toEqual({ fallback: "{code} mine", byLanguage: { fr: "{code} : le mien" } });
  });

  it("are checked one by one, and each error names the language", () => {
    const { problems } = read({
      OTP_MESSAGES: '{"fr":"no code","de":"{code} {amount}","es":"{code}"}',
      OTP_MESSAGES_TRANSACTION: '{"fr":"{code} {amount}"}',
    });
    expect(problems).toEqual([
      "OTP_MESSAGES: the text for fr must hold {code} once",
      "OTP_MESSAGES: the text for de knows {code}, {app}, {minutes} alone",
      "OTP_MESSAGES_TRANSACTION: the text for fr must hold {payee}",
    ]);
  });

  it.each([
    "[]",
    "{",
    '{"fr":["{code}"]}',
    '{"not a language":"{code}"}',
    '{"constructor":"{code}"}',
  ])("%s is not a list of texts", (json) => {
    const { texts, problems } = read({ OTP_MESSAGES: json });
    expect(problems).toEqual([expect.stringMatching(/^OTP_MESSAGES: must be JSON of texts/)]);
    expect(byLanguage(texts)).toEqual(byLanguage(read().texts));
  });
});
