import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";
import { sealText, unsealText, type Keyring, type VersionedKey } from "../lib/seal.ts";
import type { ProtectedCode } from "../ledger/code-state.ts";

/**
 * Returns what is stored of a code: sealed for a resend, and an HMAC to compare with. Both are bound to
 * the verification `id`, so a stored code that is copied to another verification is useless there.
 */
export async function protectCode(
  code: string,
  id: string,
  peppers: Keyring,
): Promise<ProtectedCode> {
  const [sealed, digest] = await Promise.all([
    sealText(peppers, "own-code", code, id),
    digestUnder(peppers[0], id, code),
  ]);
  return { sealed, digest };
}

/** Returns the code for a resend, or undefined if it was sealed by a pepper that was removed. */
export function revealCode(
  own: ProtectedCode,
  id: string,
  peppers: Keyring,
): Promise<string | undefined> {
  return unsealText(peppers, "own-code", own.sealed, id);
}

/**
 * Returns the HMACs of the entered code under all peppers. A right code has the stored HMAC among
 * them.
 */
export function candidateDigests(code: string, id: string, peppers: Keyring): Promise<string[]> {
  return Promise.all(peppers.map((pepper) => digestUnder(pepper, id, code)));
}

async function digestUnder(pepper: VersionedKey, id: string, code: string): Promise<string> {
  const digest = await hmac(pepper.bytes, "own-code-digest", `${id}:${code}`);
  return `${pepper.version}:${encodeBase64Url(digest)}`;
}
