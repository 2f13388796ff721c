import { importJWK, type JWK } from "jose";
import { decodeBase64Url } from "./base64url.ts";

/** One key pair of a private JWKS: it signs, and its public half is published. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: "ES256";
  readonly privateKey: CryptoKey;
  /** Public members alone, as the JWKS shows them (RFC 7517). */
  readonly publicJwk: Readonly<Record<string, string>>;
}

/** The first signs, all are published. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]];

const asRecord = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;

/** Keys of a private JWKS (RFC 7517 §5) as JSON text, or what is wrong with which key. */
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
  const { kid, x, y, d } = jwk;
  if (typeof kid !== "string" || !/^[\w.~-]{1,64}$/.test(kid))
    return "has no kid of 1 to 64 letters, digits, dots, dashes or underscores";
  if (jwk.kty !== "EC" || jwk.crv !== "P-256" || (jwk.alg ?? "ES256") !== "ES256")
    return "is not an ES256 key (kty EC, crv P-256)";
  if (typeof d !== "string") return "has no private part (d)";
  if (typeof x !== "string" || typeof y !== "string") return "has no x and y";
  // RFC 7518 §6.2.1. Some importers take padding and spaces, but those who verify read what we publish.
  if (![x, y, d].every((part) => decodeBase64Url(part)?.length === 32))
    return "needs x, y and d of 32 bytes each, base64url without padding";
  try {
    const material: JWK = { kty: "EC", crv: "P-256", x, y, d };
    const publicJwk = { kty: "EC", crv: "P-256", x, y, kid, alg: "ES256", use: "sig" };
    // Both halves: a public half that is no point of the curve would be published otherwise.
    const privateKey = await importJWK(material, "ES256");
    const publicKey = await importJWK(publicJwk, "ES256");
    if (!(privateKey instanceof CryptoKey) || !(publicKey instanceof CryptoKey))
      return "cannot be imported";
    if (!(await belongTogether(privateKey, publicKey))) return "has x and y of another key";
    return { kid, algorithm: "ES256", privateKey, publicJwk };
  } catch {
    return "cannot be imported";
  }
}

/** A wrong public half would make every token of ours unverifiable: found now, not by the users. */
async function belongTogether(privateKey: CryptoKey, publicKey: CryptoKey): Promise<boolean> {
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const probe = new TextEncoder().encode("phonegate");
  const signature = await crypto.subtle.sign(algorithm, privateKey, probe);
  return crypto.subtle.verify(algorithm, publicKey, signature, probe);
}
