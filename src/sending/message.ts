import type { MessageTemplate } from "../config/own-code.ts";
import type { Confirmed } from "../handles/app-claims.ts";

/** The text of one code, and of what it confirms. `secondsLeft` is what remains of its life, so a resend tells the truth. */
export function composeMessage(
  template: MessageTemplate,
  code: string,
  secondsLeft: number,
  confirmed?: Confirmed,
): string {
  const values = new Map([
    ["{code}", code],
    ["{app}", template.appName],
    ["{minutes}", String(Math.max(1, Math.ceil(secondsLeft / 60)))],
    ["{payee}", confirmed?.payee],
    ["{amount}", confirmed?.amount],
  ]);
  const chosen = confirmed === undefined ? template.text : template.transactionText;
  const text = chosen.replaceAll(/\{\w+\}/g, (name) => values.get(name) ?? name);
  // Of the two that machines read, the WebOTP line must be the last, with exactly one space
  // (WICG, "Origin-bound one-time codes delivered via SMS").
  const { androidAppHash, webOtpDomain } = template;
  const lines = [text, androidAppHash, webOtpDomain && `@${webOtpDomain} #${code}`];
  return lines.filter((line) => line !== undefined).join("\n");
}
