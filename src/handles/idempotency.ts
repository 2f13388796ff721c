import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";

/**
 * What the ledger keeps of an `Idempotency-Key`: names under a key of ours, so that neither the
 * caller's key nor his request stands there. Somebody else's key is another name.
 */
export async function idempotencyOf(
  header: string,
  /** Who says so: class, and origin or service key. */
  scope: string,
  /** Canonical: the same request is the same text. */
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
 * The UUID under which Turnstile is asked of a captcha. Where the request may be repeated it is that
 * of this request, number and token, so that a repetition finds its captcha good, and nobody else does.
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
  // RFC 9562 §5.8: version 8 is for names of one's own making.
  name[6] = ((name[6] ?? 0) & 0x0f) | 0x80;
  name[8] = ((name[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(name, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
