import { importJWK, type JWK } from "jose";
import { decodeBase64Url } from "./base64url.ts";

/** ECDSA on P-256 with SHA-256 (RFC 7518 §3.4), or Ed25519 (RFC 8037 §3.1). */
export type SigningAlgorithm = "ES256" | "EdDSA";

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

const curves = {
  "P-256": { kty: "EC", algorithm: "ES256", publicParts: ["x", "y"] },
  Ed25519: { kty: "OKP", algorithm: "EdDSA", publicParts: ["x"] },
} as const;
type Curve = keyof typeof curves;

async function importOne(value: unknown): Promise<SigningKey | string> {
  const jwk = asRecord(value);
  if (jwk === undefined) return "is not an object";
  const { kid } = jwk;
  if (typeof kid !== "string" || !/^[\w.~-]{1,64}$/.test(kid))
    return "has no kid of 1 to 64 letters, digits, dots, dashes or underscores";
  const curve = curveOf(jwk);
  if (curve === undefined)
    return "is neither an ES256 key (kty EC, crv P-256) nor an EdDSA key (kty OKP, crv Ed25519)";
  const { kty, algorithm, publicParts } = curves[curve];
  const { d } = jwk;
  if (typeof d !== "string") return "has no private part (d)";
  const parts = publicParts.map((name) => [name, jwk[name]] as const);
  const publicMembers: Record<string, string> = {};
  for (const [name, part] of parts) {
    if (typeof part !== "string") return `has no ${publicParts.join(" and ")}`;
    publicMembers[name] = part;
  }
  // RFC 7518 §6.2.1, RFC 8037 §2. Some importers accept padding and spaces. Verifiers of our tokens
  // may not, and they read these members from the published JWKS.
  const bytes = [d, ...Object.values(publicMembers)].map((part) => decodeBase64Url(part));
  if (bytes.some((part) => part?.length !== 32))
    return `needs ${publicParts.join(", ")} and d of 32 bytes each, base64url without padding`;
  // A value of only a few different bytes is a placeholder, not a key.
  if (new Set(bytes[0]).size < 8) return "has a private part (d) that is easy to guess";
  try {
    const material: JWK = { kty, crv: curve, ...publicMembers, d };
    const publicJwk = { kty, crv: curve, ...publicMembers, kid, alg: algorithm, use: "sig" };
    // The public half is imported too, so that a point outside the curve is never published.
    const privateKey = await importJWK(material, algorithm);
    const publicKey = await importJWK(publicJwk, algorithm);
    if (!(privateKey instanceof CryptoKey) || !(publicKey instanceof CryptoKey))
      return "cannot be imported";
    if (!(await isKeyPair(privateKey, publicKey)))
      return `has ${publicParts.join(" and ")} of another key`;
    return { kid, algorithm, privateKey, publicKey, publicJwk };
  } catch {
    return "cannot be imported";
  }
}

function curveOf({ kty, crv, alg }: Record<string, unknown>): Curve | undefined {
  const curve = crv === "P-256" || crv === "Ed25519" ? crv : undefined;
  if (curve === undefined || kty !== curves[curve].kty) return undefined;
  return alg === undefined || alg === curves[curve].algorithm ? curve : undefined;
}

/** With a wrong public half all tokens would fail at their verifiers, so it is refused at the start. */
async function isKeyPair(privateKey: CryptoKey, publicKey: CryptoKey): Promise<boolean> {
  const { name } = publicKey.algorithm;
  const algorithm = name === "ECDSA" ? { name, hash: "SHA-256" } : { name };
  const probe = new TextEncoder().encode("phonegate");
  const signature = await crypto.subtle.sign(algorithm, privateKey, probe);
  return crypto.subtle.verify(algorithm, publicKey, signature, probe);
}
