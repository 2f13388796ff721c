import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from "jose";
import { createVerifier, type VerifierOptions } from "../../src/client/verify.ts";

export const issuerUrl = "https://id.example.com";
export const nowMs = Date.parse("2035-01-02T03:04:05Z");
export const nowSeconds = nowMs / 1000;

export interface IssuerKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function newKey(
  kid: string,
  alg: "ES256" | "ES384" | "EdDSA" | "RS256" = "ES256",
): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

export const accessClaims = {
  iss: issuerUrl,
  aud: issuerUrl,
  sub: "usr_someone",
  client_id: "phonegate",
  sid: "ses_one",
  jti: "token-1",
  iat: nowSeconds - 60,
  exp: nowSeconds + 540,
  auth_time: nowSeconds - 60,
  amr: ["sms"],
  acr: "aal1",
};

export const proofClaims = {
  iss: issuerUrl,
  aud: "shop",
  sub: "customer-7",
  purpose: "two_factor",
  amr: ["pwd", "sms"],
  acr: "aal2",
  jti: "proof-1",
  iat: nowSeconds - 60,
  exp: nowSeconds + 240,
};

interface TokenParts {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly key?: IssuerKey;
}

/**
 * Creates an issuer that makes valid and invalid tokens. It publishes its keys over HTTP and
 * records each request for them.
 */
export async function createIssuer() {
  const key = await newKey("key-1");
  const issuer = {
    key,
    published: [key.publicJwk] as unknown[],
    fetches: [] as string[],
    /** When it is set, it makes the JWKS responses. */
    answer: undefined as (() => Promise<Response>) | undefined,

    fetch: async (url: string): Promise<Response> => {
      issuer.fetches.push(url);
      return issuer.answer ? issuer.answer() : Response.json({ keys: issuer.published });
    },

    sign(typ: string, base: JWTPayload, { header, claims, key: other = key }: TokenParts) {
      const { alg, kid } = other.publicJwk;
      // A member that is `undefined` removes a claim or a parameter, because JSON leaves it out.
      return new SignJWT({ ...base, ...claims })
        .setProtectedHeader({ alg: alg ?? "", kid: kid ?? "", typ, ...header })
        .sign(other.privateKey);
    },
    accessToken: (parts: TokenParts = {}) => issuer.sign("at+jwt", accessClaims, parts),
    proofToken: (parts: TokenParts = {}) => issuer.sign("proof+jwt", proofClaims, parts),

    verifier: (options: Partial<VerifierOptions> = {}) =>
      createVerifier({
        issuer: issuerUrl,
        clientId: "shop",
        now: () => nowMs,
        fetch: issuer.fetch,
        ...options,
      }),
  };
  return issuer;
}

/** Returns a compact JWT with this header and these claims, and a signature that no key made. */
export function unsigned(header: unknown, claims: unknown, signature = "AAAA"): string {
  return [...[header, claims].map((part) => encode(JSON.stringify(part))), signature].join(".");
}

export function encode(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
