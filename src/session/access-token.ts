import { assuranceLevels, type AssuranceLevel } from "../contract/words.ts";
import { errors, jwtVerify, SignJWT } from "jose";
import * as v from "valibot";
import type { ExtraClaims } from "../config/token-claims.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import { signingAlgorithms } from "../lib/signing-key-parts.ts";
import { isCompactToken, keyFor, type TokenIssuer } from "./own-key.ts";

/** The claims of an access token beside issuer, audience and times (RFC 9068 §2.2). */
export interface AccessClaims {
  readonly subject: string;
  readonly sessionId: string;
  readonly clientId: string;
  /** Seconds since the epoch. */
  readonly authTimeSeconds: number;
  readonly amr: readonly string[];
  readonly acr: AssuranceLevel;
}

const type = "at+jwt";

/**
 * Returns an access token (RFC 9068), signed by the first key. A claim in `extra` never replaces one
 * of our own claims.
 */
export async function signAccessToken(
  claims: AccessClaims,
  extra: ExtraClaims,
  lifetimeSeconds: number,
  by: TokenIssuer,
  nowMs: number,
): Promise<string> {
  const [key] = by.signingKeys;
  const issuedAt = Math.floor(nowMs / 1000);
  return new SignJWT({
    ...extra,
    client_id: claims.clientId,
    sid: claims.sessionId,
    auth_time: claims.authTimeSeconds,
    amr: [...claims.amr],
    acr: claims.acr,
  })
    .setProtectedHeader({ alg: key.algorithm, typ: type, kid: key.kid })
    .setIssuer(by.issuer)
    .setAudience(by.audience)
    .setSubject(claims.subject)
    .setJti(randomNonce())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(key.privateKey);
}

const claimsSchema = v.object({
  // Our tokens have one audience. A list (RFC 7519 §4.1.3) means that we did not make the token.
  aud: v.string(),
  sub: v.string(),
  sid: v.string(),
  client_id: v.string(),
  iat: v.number(),
  exp: v.number(),
  auth_time: v.number(),
  amr: v.array(v.string()),
  acr: v.picklist(assuranceLevels),
});

/** An access token that was verified. Its times are seconds since the epoch. */
export interface ReadAccessToken {
  readonly claims: AccessClaims;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

/**
 * Returns the claims of our access token, or undefined if the token is invalid or expired. Only the
 * store knows whether its session is still live.
 */
export async function verifyAccessToken(
  token: string,
  by: TokenIssuer,
  nowMs: number,
): Promise<AccessClaims | undefined> {
  return (await readAccessToken(token, by, nowMs))?.claims;
}

/** `verifyAccessToken` that returns the token's times too. */
export async function readAccessToken(
  token: string,
  by: TokenIssuer,
  nowMs: number,
): Promise<ReadAccessToken | undefined> {
  if (!isCompactToken(token)) return undefined;
  try {
    const { payload } = await jwtVerify(token, (header) => keyFor(header, by.signingKeys), {
      issuer: by.issuer,
      audience: by.audience,
      typ: type,
      algorithms: [...signingAlgorithms],
      currentDate: new Date(nowMs),
    });
    const { iat, exp, ...said } = v.parse(claimsSchema, payload);
    const claims = {
      subject: said.sub,
      sessionId: said.sid,
      clientId: said.client_id,
      authTimeSeconds: said.auth_time,
      amr: said.amr,
      acr: said.acr,
    };
    return { claims, issuedAtSeconds: iat, expiresAtSeconds: exp };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof v.ValiError) return undefined;
    throw error;
  }
}
