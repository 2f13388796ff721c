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
