import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";

/**
 * Returns what the ledger stores of an `Idempotency-Key` and its request: HMACs, so that neither is
 * stored in clear. The same key of another caller gives another HMAC.
 */
export async function idempotencyOf(
  header: string,
  /** The caller: its class, and its origin or service key. */
  scope: string,
  /** The request in a canonical form, so that equal requests are equal texts. */
  request: string,
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<{ readonly key: string; readonly body: string }> {
  const [key, body] = await Promise.all([
    hmac(subjectKey, "idempotency-key", `${scope}\n${header}`),
    hmac(subjectKey, "idempotency-body", request),
  ]);
  return { key: encodeBase64Url(key), body: encodeBase64Url(body) };
}

/**
 * Returns the idempotency key of a captcha check at Turnstile: a UUID. A request with an
 * `Idempotency-Key` always gets the same UUID for the same number and token, so that its retry passes
 * the captcha again. No other request gets this UUID.
 */
export async function captchaKeyOf(
  header: string | undefined,
  scope: string,
  request: { readonly number: string; readonly token: string },
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<string> {
  if (header === undefined) return crypto.randomUUID();
  const named = JSON.stringify([scope, header, request.number, request.token]);
  const name = (await hmac(subjectKey, "captcha-attempt", named)).slice(0, 16);
  // RFC 9562 §5.8: version 8 is for UUIDs of a custom scheme.
  name[6] = ((name[6] ?? 0) & 0x0f) | 0x80;
  name[8] = ((name[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(name, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
