/**
 * The language that a browser or a page names, as a canonical BCP 47 tag. Takes POSIX names such as
 * `en_US.UTF-8` and `en-US@posix`, too. Undefined for what names none, such as `C`.
 */
export function canonicalTag(text: string | null | undefined): string | undefined {
  const tag = (text ?? "").replace(/[.@].*/, "").replaceAll("_", "-");
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

/** What the person has chosen in the browser, the first choice first. */
export const browserLanguages = (): string[] =>
  [navigator.language, ...navigator.languages].flatMap((name) => canonicalTag(name) ?? []);

/** `en-Latn` of `en-GB`, `zh-Hant` of `zh-TW`: a reader of one script may not read another. */
export function languageAndScript(tag: string): string {
  const { language, script } = new Intl.Locale(tag).maximize();
  return `${language}-${script ?? ""}`;
}

/** Scripts of living languages that are written from right to left (Unicode, Bidi_Class R and AL). */
const rightToLeft = /-(Adlm|Arab|Hebr|Mand|Nkoo|Rohg|Samr|Syrc|Thaa)$/;
export const directionOf = (tag: string): "rtl" | "ltr" =>
  rightToLeft.test(languageAndScript(tag)) ? "rtl" : "ltr";

/** "2 minutes", in the language: seconds under two minutes, then minutes, then hours. */
export function duration(tag: string, seconds: number): string {
  const [value, unit] =
    seconds < 120
      ? [seconds, "second"]
      : seconds < 7200
        ? [Math.ceil(seconds / 60), "minute"]
        : [Math.ceil(seconds / 3600), "hour"];
  return new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay: "long" }).format(value);
}
