import { lookUpLanguage } from "../lib/language-lookup.ts";

/**
 * The languages of Verify's default template. Any other is 404 (20404).
 * Source: https://www.twilio.com/docs/verify/supported-languages, read on 2026-11-28. The list grows.
 */
export const verifyLocales: readonly string[] = (
  "af ar ca cs da de el en en-GB es et fi fr he hi hr hu id it ja kn ko lt ms mr nb nl pl pt pt-BR " +
  "ro ru sk sv te th tl tr vi zh zh-CN zh-HK"
).split(" ");

/** Languages that Verify has under another name, or that are read by the same people. */
const names: Readonly<Record<string, string>> = {
  fil: "tl",
  nn: "nb",
  no: "nb",
  yue: "zh-HK",
};

/**
 * The `Locale` that Twilio Verify is asked for, or `undefined`: then Twilio chooses the language by
 * the number's country.
 *
 * @param tag a well-formed BCP 47 tag.
 * @example verifyLocale("en-US") // "en"
 */
export function verifyLocale(tag: string): string | undefined {
  // Also gives old names their new ones: iw is he.
  const [canonical = ""] = Intl.getCanonicalLocales(tag);
  const [language = ""] = canonical.split("-");
  return lookUpLanguage(names[language] ?? canonical, verifyLocales);
}
