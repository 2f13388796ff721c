import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";

/**
 * Returns the prefix of a number: E.164 without the last four digits. Ten thousand numbers share
 * it.
 */
export function prefixOf(e164: string): string {
  return e164.slice(0, -4);
}

/**
 * Returns the key under which a prefix is counted: an HMAC. The prefix itself must not be readable, because
 * the log has the last four digits of the same send, and together they are the number. The key never
 * changes with a pepper, so that the history stays. For the operator, the prefix is stored sealed.
 */
export async function prefixKey(
  prefix: string,
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return encodeBase64Url(await hmac(subjectKey, "conversion-prefix", prefix));
}

/** Returns a prefix for the log, with four bullets for the missing digits. */
export const maskPrefix = (prefix: string): string => `${prefix}••••`;
