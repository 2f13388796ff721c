import { importJWK } from "jose";
import { publicNamesOf, readSigningKeyParts, type SigningAlgorithm } from "./signing-key-parts.ts";

/** One key pair of a private JWKS. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** The public members, as the published JWKS shows them (RFC 7517). */
  readonly publicJwk: Readonly<Record<string, string>>;
}

/** The first key signs. The public halves of all keys are published. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]];

const asRecord = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;

/**
 * Imports the keys of a private JWKS (RFC 7517 §5).
 *
 * @param text the JWKS as JSON.
 * @returns the keys, or a problem for each wrong key. A problem names the key's position.
 */
export async function importSigningKeys(
  text: string,
): Promise<{ keys: SigningKeys } | { problems: string[] }> {
  const listed = parseKeyList(text);
  if (listed === undefined) return { problems: ['must be {"keys":[…]} with at least one key'] };
  const keys: SigningKey[] = [];
  const problems: string[] = [];
  for (const [index, value] of listed.entries()) {
    const outcome = await importOne(value);
    if (typeof outcome === "string") problems.push(`key ${index + 1} ${outcome}`);
    else if (keys.some((key) => key.kid === outcome.kid))
      problems.push(`key ${index + 1} has the kid of another key`);
    else keys.push(outcome);
  }
  const [first, ...others] = keys;
  return problems.length > 0 || first === undefined ? { problems } : { keys: [first, ...others] };
}

function parseKeyList(text: string): unknown[] | undefined {
  try {
    const keys = asRecord(JSON.parse(text))?.keys;
    return Array.isArray(keys) && keys.length > 0 && keys.length <= 10 ? keys : undefined;
  } catch {
    return undefined;
  }
}

async function importOne(value: unknown): Promise<SigningKey | string> {
  const jwk = asRecord(value);
  if (jwk === undefined) return "is not an object";
  const { kid } = jwk;
  if (typeof kid !== "string" || !/^[\w.~-]{1,64}$/.test(kid))
    return "has no kid of 1 to 64 letters, digits, dots, dashes or underscores";
  const parts = readSigningKeyParts(jwk);
  if (typeof parts === "string") return parts;
  const { algorithm, publicParts, privateParts } = parts;
  try {
    const publicJwk = { ...publicParts, kid, alg: algorithm, use: "sig" };
    // The public half is imported too, so that a point outside the curve is never published.
    const privateKey = await importJWK({ ...publicParts, ...privateParts }, algorithm);
    const publicKey = await importJWK(publicJwk, algorithm);
    if (!(privateKey instanceof CryptoKey) || !(publicKey instanceof CryptoKey))
      return "cannot be imported";
    if (!(await isKeyPair(privateKey, publicKey)))
      return `has ${publicNamesOf(algorithm).join(" and ")} of another key`;
    return { kid, algorithm, privateKey, publicKey, publicJwk };
  } catch {
    return "cannot be imported";
  }
}

/** With a wrong public half all tokens would fail at their verifiers, so it is refused at the start. */
async function isKeyPair(privateKey: CryptoKey, publicKey: CryptoKey): Promise<boolean> {
  const { name } = publicKey.algorithm;
  const algorithm = name === "ECDSA" ? { name, hash: "SHA-256" } : { name };
  const probe = new TextEncoder().encode("phonegate");
  const signature = await crypto.subtle.sign(algorithm, privateKey, probe);
  return crypto.subtle.verify(algorithm, publicKey, signature, probe);
}
