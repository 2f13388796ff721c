import type { MessageTemplate } from "../config/own-code.ts";
import type { MessageTexts } from "../config/message-texts.ts";
import type { Confirmed } from "../handles/app-claims.ts";
import { lookUpLanguage } from "../lib/language-lookup.ts";

/** What one message says. */
export interface MessageContent {
  readonly code: string;
  /** What remains of the code's life, so that a resend tells the truth. */
  readonly secondsLeft: number;
  /** The language that the caller named, as a BCP 47 tag. */
  readonly locale: string | undefined;
  /** What of a transaction it confirms. */
  readonly confirmed: Confirmed | undefined;
}

/** The text of one code, in the language that fits best of those that have a text. */
export function composeMessage(
  template: MessageTemplate,
  { code, secondsLeft, locale, confirmed }: MessageContent,
): string {
  const values = new Map([
    ["{code}", code],
    ["{app}", template.appName],
    ["{minutes}", String(Math.max(1, Math.ceil(secondsLeft / 60)))],
    ["{payee}", confirmed?.payee],
    ["{amount}", confirmed?.amount],
  ]);
  const texts = confirmed === undefined ? template.texts : template.transactionTexts;
  const text = textFor(texts, locale).replaceAll(/\{\w+\}/g, (name) => values.get(name) ?? name);
  // Of the two that machines read, the WebOTP line must be the last, with exactly one space
  // (WICG, "Origin-bound one-time codes delivered via SMS").
  const { androidAppHash, webOtpDomain } = template;
  const lines = [text, androidAppHash, webOtpDomain && `@${webOtpDomain} #${code}`];
  return lines.filter((line) => line !== undefined).join("\n");
}

function textFor({ fallback, byLanguage }: MessageTexts, locale: string | undefined): string {
  const language = locale && lookUpLanguage(locale, Object.keys(byLanguage));
  return (language && byLanguage[language]) ?? fallback;
}
