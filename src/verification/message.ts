import type { MessageTemplate } from "../config/own-code.ts";

/** The text of one code. `secondsLeft` is what remains of its life, so a resend tells the truth. */
export function composeMessage(
  template: MessageTemplate,
  code: string,
  secondsLeft: number,
): string {
  const values = new Map([
    ["{code}", code],
    ["{app}", template.appName],
    ["{minutes}", String(Math.max(1, Math.ceil(secondsLeft / 60)))],
  ]);
  const text = template.text.replaceAll(/\{\w+\}/g, (name) => values.get(name) ?? name);
  // Of the two that machines read, the WebOTP line must be the last, with exactly one space
  // (WICG, "Origin-bound one-time codes delivered via SMS").
  const { androidAppHash, webOtpDomain } = template;
  const lines = [text, androidAppHash, webOtpDomain && `@${webOtpDomain} #${code}`];
  return lines.filter((line) => line !== undefined).join("\n");
}
