import { randomBytes } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";

/** The three secrets that only Phonegate knows, each in the form its variable wants. */
export interface FreshKeys {
  readonly subjectKey: string;
  readonly peppers: string;
  readonly signingKeys: string;
}

/** New keys from the system's random source. */
export async function createFreshKeys(): Promise<FreshKeys> {
  return {
    subjectKey: randomKey(),
    peppers: `1:${randomKey()}`,
    signingKeys: JSON.stringify({ keys: [await createSigningJwk("ES256")] }),
  };
}

/** 256 random bits, base64url. */
export const randomKey = (): string => randomBytes(32).toString("base64url");

/** What tokens may be signed with: ES256 is what every verifier knows. */
export const signingAlgorithms = ["ES256", "EdDSA"] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** A private key as `SIGNING_KEYS` lists it. */
export async function createSigningJwk(alg: SigningAlgorithm): Promise<Record<string, unknown>> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  // The thumbprint (RFC 7638) as name: two keys made apart can share one set.
  return { kid: await calculateJwkThumbprint(jwk), alg, use: "sig", ...jwk };
}
