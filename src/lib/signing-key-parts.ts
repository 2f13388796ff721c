import { decodeBase64Url } from "./base64url.ts";
import { rsaModulusBits } from "./rsa-modulus.ts";

/**
 * ECDSA on P-256 with SHA-256 (RFC 7518 §3.4), Ed25519 (RFC 8037 §3.1), or RSASSA-PKCS1-v1_5 with
 * SHA-256 (RFC 7518 §3.3).
 */
export const signingAlgorithms = ["ES256", "EdDSA", "RS256"] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** The members of a private JWK. */
export interface SigningKeyParts {
  readonly algorithm: SigningAlgorithm;
  /** The published members, including `kty`. */
  readonly publicParts: Readonly<Record<string, string>> & { readonly kty: string };
  readonly privateParts: Readonly<Record<string, string>>;
}

interface Shape {
  readonly fixed: { readonly kty: string; readonly crv?: string };
  readonly publicNames: readonly string[];
  readonly privateNames: readonly string[];
}

const shapes: Readonly<Record<SigningAlgorithm, Shape>> = {
  ES256: {
    fixed: { kty: "EC", crv: "P-256" },
    publicNames: ["x", "y"],
    privateNames: ["d"],
  },
  EdDSA: { fixed: { kty: "OKP", crv: "Ed25519" }, publicNames: ["x"], privateNames: ["d"] },
  RS256: {
    fixed: { kty: "RSA" },
    publicNames: ["n", "e"],
    privateNames: ["d", "p", "q", "dp", "dq", "qi"],
  },
};

/** Returns the names of the members in which two keys of this algorithm differ. */
export const publicNamesOf = (algorithm: SigningAlgorithm): readonly string[] =>
  shapes[algorithm].publicNames;

/** Returns the parts of a private JWK (RFC 7518 §6, RFC 8037 §2), or what is wrong with it. */
export function readSigningKeyParts(
  jwk: Readonly<Record<string, unknown>>,
): SigningKeyParts | string {
  const algorithm = signingAlgorithms.find((name) => fits(jwk, shapes[name], name));
  if (algorithm === undefined)
    return "is neither an ES256 key (kty EC, crv P-256), nor an EdDSA key (kty OKP, crv Ed25519), nor an RS256 key (kty RSA)";
  const { fixed, publicNames, privateNames } = shapes[algorithm];
  const privateParts = textsOf(jwk, privateNames);
  if (privateParts === undefined) return `has no private part (${privateNames.join(", ")})`;
  const publicParts = textsOf(jwk, publicNames);
  if (publicParts === undefined) return `has no ${publicNames.join(" and ")}`;
  const problem =
    algorithm === "RS256"
      ? rsaProblem(publicParts, privateParts)
      : curveProblem(publicParts, privateParts);
  if (problem !== undefined) return problem;
  // A value of only a few different bytes is a placeholder, not a key.
  if (new Set(decodeBase64Url(privateParts.d ?? "")).size < 8)
    return "has a private part (d) that is easy to guess";
  return { algorithm, publicParts: { ...fixed, ...publicParts }, privateParts };
}

function fits(jwk: Readonly<Record<string, unknown>>, { fixed }: Shape, name: string): boolean {
  const isOfKind = jwk.kty === fixed.kty && (fixed.crv === undefined || jwk.crv === fixed.crv);
  return isOfKind && (jwk.alg === undefined || jwk.alg === name);
}

function textsOf(
  jwk: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, string> | undefined {
  const texts: Record<string, string> = {};
  for (const name of names) {
    const value = jwk[name];
    if (typeof value !== "string") return undefined;
    texts[name] = value;
  }
  return texts;
}

type Parts = Readonly<Record<string, string>>;

/**
 * RFC 7518 §6.2.1, RFC 8037 §2. Some importers accept padding and spaces. Verifiers of our tokens may
 * not, and they read these members from the published JWKS.
 */
function curveProblem(publicParts: Parts, privateParts: Parts): string | undefined {
  const bytes = Object.values({ ...publicParts, ...privateParts }).map(decodeBase64Url);
  if (bytes.every((part) => part?.length === 32)) return undefined;
  return `needs ${Object.keys(publicParts).join(", ")} and d of 32 bytes each, base64url without padding`;
}

const leastModulusBits = 2048;

/** RFC 7518 §3.3 and §6.3; FIPS 186-5 §5.1 for the size. */
function rsaProblem(publicParts: Parts, privateParts: Parts): string | undefined {
  const bits = rsaModulusBits(publicParts.n);
  const isCanonical = Object.values(privateParts).every((part) => decodeBase64Url(part)?.length);
  if (bits === undefined || !isCanonical)
    return "needs n, d, p, q, dp, dq and qi in base64url, without padding and n without leading zeros";
  if (bits < leastModulusBits) return `has ${bits} bits; RS256 needs ${leastModulusBits} or more`;
  // All tools make 65537. A smaller exponent is unsafe if a verifier does not check the padding.
  return publicParts.e === "AQAB" ? undefined : "needs e of AQAB (65537)";
}
