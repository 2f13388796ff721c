import { errors } from "jose";
import type { SigningKeys } from "../lib/signing-key.ts";

/** Who signs, and for whom. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly signingKeys: SigningKeys;
}

/** RFC 8725 §3.11: what is longer is nothing of ours. */
export const maxTokenLength = 8 * 1024;

/** One of our own keys, by its name and its own algorithm; a key that a token brings is no key. */
export function keyFor(
  header: Readonly<Record<string, unknown>>,
  signingKeys: SigningKeys,
): CryptoKey {
  const brings = ["jwk", "jku", "x5u", "x5c"].some((name) => header[name] !== undefined);
  const key = signingKeys.find(({ kid }) => kid === header.kid);
  if (brings || key === undefined || header.alg !== key.algorithm)
    throw new errors.JWKSNoMatchingKey();
  return key.publicKey;
}
