import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";
import { decodeJson } from "../lib/json.ts";
import { readCapped } from "../lib/read-capped.ts";
import { rsaModulusBits } from "../lib/rsa-modulus.ts";
import { TokenError } from "./token-error.ts";

/** The part of `fetch` that the verifier uses: a GET that does not follow redirects. */
export type FetchKeys = (
  url: string,
  init: { headers: Headers; method: "GET"; redirect: "manual"; signal: AbortSignal },
) => Promise<Response>;

const maxKeySetBytes = 64 * 1024;
const timeoutMs = 5_000;
/** The lifetime that the issuer's `Cache-Control` gives its JWKS. */
const cacheMs = 5 * 60_000;
/** Shortest time between two fetches that an unknown `kid` causes. */
const cooldownMs = 30_000;
/**
 * While the issuer cannot be reached, its last keys stay valid this long: the longest lifetime of
 * an access token.
 */
const staleMs = 60 * 60_000;

const curves = new Map<unknown, string>([
  ["ES256", "P-256"],
  ["EdDSA", "Ed25519"],
]);

/**
 * Returns a function that finds the issuer's public key by `kid` and `alg`. It fetches the keys at
 * the first call. It throws `no_keys` if they cannot be fetched, and `unknown_key` if none matches.
 * @internal
 */
export function remoteKeys(issuer: string, fetchKeys: FetchKeys, now: () => number) {
  let last: { readonly text: string; readonly atMs: number } | undefined;
  const remote = createRemoteJWKSet(new URL("/.well-known/jwks.json", issuer), {
    timeoutDuration: timeoutMs,
    cacheMaxAge: cacheMs,
    cooldownDuration: cooldownMs,
    [customFetch]: async (url, init) => {
      try {
        const text = usableKeys(await download(await fetchKeys(url, init)));
        last = { text, atMs: now() };
      } catch (cause) {
        if (last === undefined || now() - last.atMs > staleMs)
          throw new TokenError("no_keys", cause);
      }
      return new Response(last.text);
    },
  });
  return (async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof TokenError) throw error;
      const isUnknown =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys;
      throw isUnknown ? new TokenError("unknown_key") : new TokenError("no_keys", error);
    }
  }) satisfies JWTVerifyGetKey;
}

async function download(response: Response): Promise<unknown> {
  if (response.status !== 200) throw new Error(`the JWKS answered ${response.status}`);
  const bytes = await readCapped(response.body, maxKeySetBytes);
  if (bytes === "too_large") throw new Error("the JWKS is larger than 64 KiB");
  return decodeJson(bytes);
}

/**
 * Returns the set with only the signing keys that name their own algorithm: jose would accept a key
 * without `alg` for any algorithm that fits its type (RFC 8725 §3.1).
 */
function usableKeys(set: unknown): string {
  const listed: unknown = isRecord(set) ? set.keys : undefined;
  if (!Array.isArray(listed)) throw new Error("the JWKS has no keys");
  const keys = listed
    .filter(isRecord)
    .filter(({ use }) => (use ?? "sig") === "sig")
    .flatMap(({ kid, alg, ...key }) => {
      const material = materialOf(alg, key);
      return material === undefined ? [] : [{ ...material, kid, alg, use: "sig" }];
    });
  if (keys.length === 0) throw new Error("the JWKS has no ES256, EdDSA or RS256 key with an alg");
  return JSON.stringify({ keys });
}

/** Returns the public members, if the key is one of this algorithm. */
function materialOf(alg: unknown, { kty, crv, x, y, n, e }: Record<string, unknown>) {
  // jose throws a TypeError for a short key, not a refusal of the token.
  if (alg === "RS256") return (rsaModulusBits(n) ?? 0) >= 2048 ? { kty, n, e } : undefined;
  return curves.has(alg) && curves.get(alg) === crv ? { kty, crv, x, y } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
