import { errors } from "jose";
import type { SigningKeys } from "../lib/signing-key.ts";

/** The issuer of our tokens, their audience, and the signing keys. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly signingKeys: SigningKeys;
}

/** Characters (RFC 8725 §3.11). None of our tokens is longer. */
const maxTokenLength = 8 * 1024;
/** RFC 7515 §7.1. Some decoders of base64url skip spaces, so one token would have several spellings. */
const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Returns whether the text may be our token: not too long, and a JWS in compact form. */
export const isCompactToken = (token: string): boolean =>
  token.length <= maxTokenLength && compactForm.test(token);

/**
 * Returns our public key for a token's header, by `kid` and `alg`. Throws if there is none, and if the
 * header brings a key of its own.
 */
export function keyFor(
  header: Readonly<Record<string, unknown>>,
  signingKeys: SigningKeys,
): CryptoKey {
  const bringsKey = ["jwk", "jku", "x5u", "x5c"].some((name) => header[name] !== undefined);
  const key = signingKeys.find(({ kid }) => kid === header.kid);
  if (bringsKey || key === undefined || header.alg !== key.algorithm)
    throw new errors.JWKSNoMatchingKey();
  return key.publicKey;
}
