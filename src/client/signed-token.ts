import {
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from "jose";
import { parseOrigin } from "../lib/origin.ts";
import { signingAlgorithms } from "../lib/signing-key-parts.ts";
import { TokenError, type TokenErrorReason } from "./token-error.ts";

export const maxTokenBytes = 8 * 1024;

const algorithms: string[] = [...signingAlgorithms];
/**
 * Header parameters that name the token's own key, or extensions that the verifier does not
 * implement.
 */
const refusedParameters = ["jku", "jwk", "x5u", "x5c", "crit", "b64"];

/** The claims and the header that every token of one kind must have. */
export interface TokenKind {
  /** `at+jwt` or `proof+jwt`, compared exactly. */
  readonly typ: string;
  readonly issuer: string;
  readonly audience: string;
  readonly clockToleranceSeconds: number;
  readonly acceptTestNumbers: boolean;
}

/**
 * Returns the claims of a token after checking its signature, type, issuer, audience and times (RFC
 * 8725 §3). Throws a `TokenError`. The header is checked before a key is fetched, and the signature
 * before any claim.
 */
export async function readSignedToken(
  token: string | null | undefined,
  kind: TokenKind,
  keys: JWTVerifyGetKey,
  nowMs: number,
): Promise<JWTPayload & { readonly iat: number; readonly exp: number }> {
  if (token === undefined || token === null || token === "") throw new TokenError("missing");
  if (typeof token !== "string") throw new TokenError("malformed");
  if (token.length > maxTokenBytes) throw new TokenError("too_long");
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw new TokenError("malformed");
  checkHeader(token, kind.typ);
  const { issuer, clockToleranceSeconds } = kind;
  const claims = await jwtVerify(token, keys, {
    algorithms,
    issuer,
    clockTolerance: clockToleranceSeconds,
    currentDate: new Date(nowMs),
  }).then(
    ({ payload }) => payload,
    (error: unknown) => {
      throw refusalOf(error, issuer);
    },
  );
  // The issuer always writes one audience. A list, which RFC 7519 §4.1.3 allows, is refused.
  if (claims.aud !== kind.audience) throw new TokenError("wrong_audience");
  if (isTest(claims) && !kind.acceptTestNumbers) throw new TokenError("test_number");
  const { iat, exp } = claims;
  if (!isTime(iat) || !isTime(exp) || iat >= exp) throw new TokenError("wrong_claims");
  if (iat > nowMs / 1000 + clockToleranceSeconds) throw new TokenError("not_yet_valid");
  return { ...claims, iat, exp };
}

/** Whether the value is a whole number of seconds since the epoch (RFC 7519 §2). */
export function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function checkHeader(token: string, typ: string): void {
  const header = decodeHeader(token);
  if (refusedParameters.some((name) => Object.hasOwn(header, name)))
    throw new TokenError("wrong_header");
  if (!algorithms.includes(header.alg ?? "")) throw new TokenError("wrong_algorithm");
  if (header.typ !== typ) throw new TokenError("wrong_type");
  if (typeof header.kid !== "string" || header.kid === "") throw new TokenError("unknown_key");
}

function decodeHeader(token: string) {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw new TokenError("malformed");
  }
}

const byClaim = new Map<string, TokenErrorReason>([
  ["iss", "wrong_issuer"],
  ["nbf", "not_yet_valid"],
]);

/**
 * Names both issuers, because `localhost` and `127.0.0.1` are easily confused. The signature was
 * right, so the `iss` comes from a deployment with the same keys. It is quoted only if it is an
 * origin.
 */
function wrongIssuer(iss: unknown, expected: string): TokenError {
  const got = typeof iss === "string" && parseOrigin(iss) !== undefined ? iss : "none";
  return new TokenError("wrong_issuer", undefined, `: ${got}, not ${expected}`);
}

/** jose's errors hold the claims, so they never become a `cause`. */
function refusalOf(error: unknown, issuer: string): unknown {
  if (error instanceof errors.JWTExpired) return new TokenError("expired");
  if (error instanceof errors.JWTClaimValidationFailed) {
    const reason = error.reason === "invalid" ? undefined : byClaim.get(error.claim);
    if (reason === "wrong_issuer") return wrongIssuer(error.payload.iss, issuer);
    return new TokenError(reason ?? "wrong_claims");
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return new TokenError("wrong_signature");
  return error instanceof errors.JOSEError ? new TokenError("malformed") : error;
}

/**
 * Whether the token is of a test number. A value that we do not write counts too, so that a mistake
 * never opens a door.
 * @internal
 */
export function isTest({ test }: JWTPayload): boolean {
  return test !== undefined && test !== false;
}
