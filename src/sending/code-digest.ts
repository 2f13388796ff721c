import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";
import { sealText, unsealText, type Keyring, type VersionedKey } from "../lib/seal.ts";
import type { ProtectedCode } from "../ledger/code-state.ts";

/** Bound to its verification: a code that is moved to another one opens nothing and fits nowhere. */
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

/** The code again, for a resend; undefined when it was sealed by a pepper that is gone. */
export function revealCode(
  own: ProtectedCode,
  id: string,
  peppers: Keyring,
): Promise<string | undefined> {
  return unsealText(peppers, "own-code", own.sealed, id);
}

/** What the digest of a right code would be, under each pepper that may have made it. */
export function candidateDigests(code: string, id: string, peppers: Keyring): Promise<string[]> {
  return Promise.all(peppers.map((pepper) => digestUnder(pepper, id, code)));
}

async function digestUnder(pepper: VersionedKey, id: string, code: string): Promise<string> {
  const digest = await hmac(pepper.bytes, "own-code-digest", `${id}:${code}`);
  return `${pepper.version}:${encodeBase64Url(digest)}`;
}
