import { exportJWK, generateKeyPair } from "jose";
import { encodeBase64Url } from "../../src/lib/base64url.ts";
import type { SigningAlgorithm } from "../../src/lib/signing-key-parts.ts";

/** Returns a private JWK in the format of `SIGNING_KEYS`. */
export async function signingJwk(
  kid: string,
  alg: SigningAlgorithm = "ES256",
): Promise<Record<string, unknown>> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg, use: "sig" };
}

export function randomKey(bytes = 32): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(bytes)));
}
