import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";

/** The range of ten thousand numbers that this one lies in: E.164 without its last four digits. */
export function prefixOf(e164: string): string {
  return e164.slice(0, -4);
}

/**
 * The name under which a prefix is counted. Not the prefix itself: it is no number, but the log has
 * the last four digits of the same send at the same moment, and both together would be one. Under
 * the key that is never rotated, so that a new pepper forgets no history. Who must show a prefix
 * keeps it sealed beside the state.
 */
export async function prefixKey(
  prefix: string,
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return encodeBase64Url(await hmac(subjectKey, "conversion-prefix", prefix));
}

/** A prefix for the log: its numbers, and none of them. */
export const maskEnd = (prefix: string): string => `${prefix}••••`;
