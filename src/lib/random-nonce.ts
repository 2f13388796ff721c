import { encodeBase64Url } from "./base64url.ts";

/** Returns 128 random bits as base64url: 22 characters. */
export function randomNonce(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}
