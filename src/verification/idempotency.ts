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
 * The UUID under which a captcha is verified: the same for a repetition of the very same request, so
 * that its token, which is good once, is still good; another one for everything else.
 */
export async function captchaAttempt(
  request: { readonly key: string; readonly body: string } | undefined,
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<string> {
  if (request === undefined) return crypto.randomUUID();
  const digest = await hmac(subjectKey, "captcha-attempt", `${request.key}\n${request.body}`);
  const hex = Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0"));
  // Version 8, RFC 9562 §5.8: made as its maker likes.
  return hex.join("").replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-8$3-8$4-$5");
}
