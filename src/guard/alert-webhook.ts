import type { AlertWebhook } from "../config/guard.ts";
import type { Runtime } from "../runtime.ts";

const timeoutMs = 5000;

/**
 * Sends an alert as JSON to the operator's webhook. `Phonegate-Signature` has `t=` the time in seconds and
 * `v1=` the hex HMAC-SHA-256 of that time, a dot and the body. Rejects unless the answer is 2xx.
 */
export async function sendAlert(
  runtime: Pick<Runtime, "fetch" | "now">,
  { url, secret }: AlertWebhook,
  event: string,
  fields: Readonly<Record<string, string | number>>,
): Promise<void> {
  const at = Math.floor(runtime.now() / 1000);
  const body = JSON.stringify({ event, at: new Date(at * 1000).toISOString(), ...fields });
  const response = await runtime.fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Phonegate-Signature": `t=${at},v1=${await sign(secret, `${at}.${body}`)}`,
    },
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error("the webhook did not accept the alert");
}

async function sign(secret: string, text: string): Promise<string> {
  const encode = (part: string) => new TextEncoder().encode(part);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encode(secret), algorithm, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
