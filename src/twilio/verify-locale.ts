import { lookUpLanguage } from "../lib/language-lookup.ts";

/**
 * The languages of Verify's default template. Twilio answers 404 (20404) to all others.
 * Source: https://www.twilio.com/docs/verify/supported-languages, read on 2026-11-28. The list grows.
 */
export const verifyLocales: readonly string[] = (
  "af ar ca cs da de el en en-GB es et fi fr he hi hr hu id it ja kn ko lt ms mr nb nl pl pt pt-BR " +
  "ro ru sk sv te th tl tr vi zh zh-CN zh-HK"
).split(" ");

/** Languages that Verify has under another name, or a close language that their readers understand. */
const verifyNames: Readonly<Record<string, string>> = {
  fil: "tl",
  nn: "nb",
  no: "nb",
  yue: "zh-HK",
};

/**
 * Returns the `Locale` for Twilio Verify. If it returns undefined, Twilio chooses the language by the
 * number's country.
 *
 * @param tag a well-formed BCP 47 tag.
 * @example verifyLocale("en-US") // "en"
 */
export function verifyLocale(tag: string): string | undefined {
  // This also replaces deprecated tags: `iw` becomes `he`.
  const [canonical = ""] = Intl.getCanonicalLocales(tag);
  const [language = ""] = canonical.split("-");
  return lookUpLanguage(verifyNames[language] ?? canonical, verifyLocales);
}
