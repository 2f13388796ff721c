/**
 * Returns a language name as a canonical BCP 47 tag. Accepts POSIX names too, such as `en_US.UTF-8`
 * and `en-US@posix`. Returns `undefined` if the text names no language, such as `C`.
 */
export function canonicalTag(text: string | null | undefined): string | undefined {
  const tag = (text ?? "").replace(/[.@].*/, "").replaceAll("_", "-");
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

/** The languages that the user has chosen in the browser, best first. */
export const browserLanguages = (): string[] =>
  [navigator.language, ...navigator.languages].flatMap((name) => canonicalTag(name) ?? []);

/**
 * Returns language and script: `en-Latn` for `en-GB`, `zh-Hant` for `zh-TW`. A reader of one script
 * may not read another.
 */
export function languageAndScript(tag: string): string {
  const { language, script } = new Intl.Locale(tag).maximize();
  return `${language}-${script ?? ""}`;
}

/** Scripts of living languages that run from right to left (Unicode, Bidi_Class R and AL). */
const rightToLeft = /-(Adlm|Arab|Hebr|Mand|Nkoo|Rohg|Samr|Syrc|Thaa)$/;
export const directionOf = (tag: string): "rtl" | "ltr" =>
  rightToLeft.test(languageAndScript(tag)) ? "rtl" : "ltr";

/**
 * Returns a duration in the language, such as "2 minutes". Below two minutes the unit is seconds,
 * below two hours minutes, then hours.
 */
export function duration(tag: string, seconds: number): string {
  const [value, unit] =
    seconds < 120
      ? [seconds, "second"]
      : seconds < 7200
        ? [Math.ceil(seconds / 60), "minute"]
        : [Math.ceil(seconds / 3600), "hour"];
  return new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay: "long" }).format(value);
}
