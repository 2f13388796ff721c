import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";

/**
 * The stable name of whoever holds the number: `usr_` and an HMAC of its E.164 form, so that it
 * tells nothing of the number. A recycled number inherits it.
 */
export async function subjectOf(
  e164: string,
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return `usr_${encodeBase64Url(await hmac(subjectKey, "subject", e164))}`;
}
