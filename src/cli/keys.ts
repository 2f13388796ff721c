import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import type { SigningAlgorithm } from "../lib/signing-key-parts.ts";
import { randomKey } from "./random-key.ts";
import { createServiceKey, servicePurposes, type NewServiceKey } from "./service-key.ts";

/** The secrets that Phonegate generates itself, each in the format of its variable. */
export interface FreshKeys {
  readonly subjectKey: string;
  readonly peppers: string;
  readonly signingKeys: string;
  /** A key for a backend on the same machine. */
  readonly service: NewServiceKey;
}

/** Generates new keys from the system's random source. */
export async function createFreshKeys(): Promise<FreshKeys> {
  return {
    subjectKey: randomKey(),
    peppers: `1:${randomKey()}`,
    signingKeys: JSON.stringify({ keys: [await createSigningJwk("ES256")] }),
    service: createServiceKey("my-backend", servicePurposes, ["introspect", "subjects", "admin"]),
  };
}

/** Generates a private key in the format of `SIGNING_KEYS`. */
export async function createSigningJwk(alg: SigningAlgorithm): Promise<Record<string, unknown>> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  // The `kid` is the thumbprint (RFC 7638), so that keys from different machines can be in one set.
  // `npm run doctor` reads `iat`, the time of creation. The Worker neither needs nor publishes it.
  const iat = Math.floor(Date.now() / 1000);
  return { kid: await calculateJwkThumbprint(jwk), alg, use: "sig", ...jwk, iat };
}
