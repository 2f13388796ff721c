import type { SigningKeys } from "../lib/signing-key.ts";

/** Returns the public JWKS (RFC 7517 §5) with all keys, so that tokens stay valid during a rotation. */
export function publicKeySet(keys: SigningKeys): { keys: Readonly<Record<string, string>>[] } {
  return { keys: keys.map((key) => key.publicJwk) };
}
