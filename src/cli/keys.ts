import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import type { SigningAlgorithm } from "../lib/signing-key-parts.ts";
import { randomKey } from "./random-key.ts";
import { createServiceKey, servicePurposes, type NewServiceKey } from "./service-key.ts";

/** The secrets that only Phonegate knows, each in the form its variable wants. */
export interface FreshKeys {
  readonly subjectKey: string;
  readonly peppers: string;
  readonly signingKeys: string;
  /** For a backend on the same machine. */
  readonly service: NewServiceKey;
}

/** New keys from the system's random source. */
export async function createFreshKeys(): Promise<FreshKeys> {
  return {
    subjectKey: randomKey(),
    peppers: `1:${randomKey()}`,
    signingKeys: JSON.stringify({ keys: [await createSigningJwk("ES256")] }),
    service: createServiceKey("my-backend", servicePurposes, ["introspect", "subjects", "admin"]),
  };
}

/** A private key as `SIGNING_KEYS` lists it. */
export async function createSigningJwk(alg: SigningAlgorithm): Promise<Record<string, unknown>> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  // The thumbprint (RFC 7638) as name: two keys made apart can share one set.
  // When it was made is for `npm run doctor` to read; the Worker neither needs nor publishes it.
  const iat = Math.floor(Date.now() / 1000);
  return { kid: await calculateJwkThumbprint(jwk), alg, use: "sig", ...jwk, iat };
}
