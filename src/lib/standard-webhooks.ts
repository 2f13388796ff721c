import { decodeBase64, encodeBase64 } from "./base64.ts";

/** The bytes after `whsec_`. During a rotation there are two secrets, the current one first. */
export type WebhookSecrets = readonly [Uint8Array<ArrayBuffer>, ...Uint8Array<ArrayBuffer>[]];

const prefix = "whsec_";
const leastBytes = 24;
const mostBytes = 64;

/**
 * Parses one secret, or two joined by a space: `whsec_` and the base64 of 24 to 64 bytes (Standard Webhooks,
 * "Signature scheme"). Returns undefined for anything else.
 */
export function parseWebhookSecrets(text: string): WebhookSecrets | undefined {
  const parts = text.split(" ");
  const [first, second] = parts.map(parseSecret);
  if (first === undefined || parts.length > 2) return undefined;
  if (parts.length === 1) return [first];
  return second === undefined || parts[0] === parts[1] ? undefined : [first, second];
}

function parseSecret(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const bytes = decodeBase64(text.slice(prefix.length));
  if (bytes === undefined || bytes.length < leastBytes || bytes.length > mostBytes)
    return undefined;
  // A value of only a few different bytes is a placeholder, not a secret.
  return new Set(bytes).size >= 8 ? bytes : undefined;
}

/** The signed content. */
export interface WebhookMessage {
  readonly id: string;
  readonly atSeconds: number;
  readonly body: string;
}

/**
 * Returns the three headers of Standard Webhooks. Each secret gives one signature, so a receiver with either
 * secret can verify the message.
 */
export async function webhookHeaders(
  secrets: WebhookSecrets,
  { id, atSeconds, body }: WebhookMessage,
): Promise<Record<string, string>> {
  const text = `${id}.${atSeconds}.${body}`;
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, text)));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(atSeconds),
    "webhook-signature": signatures.map((signature) => `v1,${signature}`).join(" "),
  };
}

async function sign(secret: Uint8Array<ArrayBuffer>, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
  return encodeBase64(new Uint8Array(signature));
}
