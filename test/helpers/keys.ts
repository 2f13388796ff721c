import { exportJWK, generateKeyPair } from "jose";
import { encodeBase64Url } from "../../src/lib/base64url.ts";

/** A private ES256 JWK, as `SIGNING_KEYS` lists them. */
export async function signingJwk(kid: string): Promise<Record<string, unknown>> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: "ES256", use: "sig" };
}

export function randomKey(bytes = 32): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(bytes)));
}
