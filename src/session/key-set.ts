import type { SigningKeys } from "../lib/signing-key.ts";

/** The public JWKS (RFC 7517 §5): every listed key, so that a rotation ends no token. */
export function publicKeySet(keys: SigningKeys): { keys: Readonly<Record<string, string>>[] } {
  return { keys: keys.map((key) => key.publicJwk) };
}
