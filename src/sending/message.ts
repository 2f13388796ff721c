import type { MessageTemplate } from "../config/own-code.ts";
import type { MessageTexts } from "../config/message-texts.ts";
import type { ConfirmedTransaction } from "../handles/app-claims.ts";
import { lookUpLanguage } from "../lib/language-lookup.ts";

/** What fills the template of one message. */
export interface MessageContent {
  readonly code: string;
  /** The remaining lifetime of the code, so that a resend shows the right number of minutes. */
  readonly secondsLeft: number;
  /** The language that the caller asked for, as a BCP 47 tag. */
  readonly locale: string | undefined;
  readonly confirmed: ConfirmedTransaction | undefined;
}

/** Returns the text of one message, in the best matching of the configured languages. */
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
  // The WebOTP line must be the last one, with exactly one space in it (WICG, "Origin-bound one-time
  // codes delivered via SMS").
  const { androidAppHash, webOtpDomain } = template;
  const lines = [text, androidAppHash, webOtpDomain && `@${webOtpDomain} #${code}`];
  return lines.filter((line) => line !== undefined).join("\n");
}

function textFor({ fallback, byLanguage }: MessageTexts, locale: string | undefined): string {
  const language = locale && lookUpLanguage(locale, Object.keys(byLanguage));
  return (language && byLanguage[language]) ?? fallback;
}
