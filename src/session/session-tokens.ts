import type { SessionTokens } from "../contract/sessions.ts";
import { signAccessToken } from "./access-token.ts";
import type { SessionDeps } from "./deps.ts";
import { extraClaimsOf } from "./extra-claims.ts";
import { familyEndMs, type Family } from "./family.ts";
import { makeRefreshToken } from "./refresh-token.ts";

/**
 * Returns the family's valid refresh token, and a new access token that does not outlive the family.
 * Returns undefined if the pepper that sealed the session's claims was removed.
 */
export async function tokensOf(
  deps: SessionDeps,
  subject: string,
  id: string,
  family: Family,
): Promise<SessionTokens | undefined> {
  const { issuer, runtime, peppers, tokenClaims } = deps;
  const nowMs = runtime.now();
  const { clientId, authTimeSeconds, amr, acr, generation, rotatedAtMs: issuedAtMs } = family;
  const leftSeconds = Math.max(1, Math.floor((familyEndMs(family) - nowMs) / 1000));
  const expires_in = Math.min(deps.accessTokenLifetimeSeconds, leftSeconds);
  const claims = { subject, sessionId: id, clientId, authTimeSeconds, amr, acr };
  const extra = await extraClaimsOf(tokenClaims, id, family, peppers);
  if (extra === undefined) return undefined;
  const [access_token, refresh_token] = await Promise.all([
    signAccessToken(claims, extra, expires_in, issuer, nowMs),
    makeRefreshToken({ subject, sessionId: id, generation, issuedAtMs }, peppers),
  ]);
  return {
    access_token,
    token_type: "Bearer",
    expires_in,
    refresh_token,
    refresh_expires_in: leftSeconds,
    session_id: id,
    subject,
  };
}
