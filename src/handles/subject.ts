import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";

/**
 * Returns the stable id of the number's user: `usr_` and an HMAC of the number in E.164, which does not
 * reveal the number. The next owner of a recycled number gets the same id.
 */
export async function subjectOf(
  e164: string,
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return `usr_${encodeBase64Url(await hmac(subjectKey, "subject", e164))}`;
}
