import type { Context } from "hono";
import { bearerToken, invalidToken } from "../http/bearer.ts";
import type { AppEnv } from "../http/app-env.ts";
import { verifyAccessToken, type AccessClaims } from "../session/access-token.ts";
import type { SessionDeps } from "../session/deps.ts";
import { SubjectSessionsClient } from "../session/subject-sessions.ts";

/** Returns what the session use cases depend on. */
export function sessionDepsOf(c: Context<AppEnv>): SessionDeps {
  const { config, runtime, origin } = c.var;
  const issuer = config.issuer ?? origin;
  const { signingKeys, sessionIdleSeconds: idleSeconds, sessionMaxSeconds: maxSeconds } = config;
  return {
    issuer: { issuer, audience: config.audience ?? issuer, signingKeys },
    clientId: config.clientId,
    tokenClaims: config.tokenClaims,
    accessTokenLifetimeSeconds: config.accessTokenLifetimeSeconds,
    lifetimes: { idleSeconds, maxSeconds },
    subjectKey: config.subjectKey,
    peppers: config.peppers,
    hasEvents: config.events !== undefined,
    runtime,
    sessionsAt: (name, country) =>
      new SubjectSessionsClient(c.env.SUBJECT_SESSIONS, name, runtime, country),
  };
}

/** Returns the claims of the request's access token, or undefined without a valid token. */
export async function optionalAccess(c: Context<AppEnv>): Promise<AccessClaims | undefined> {
  const { issuer, runtime } = sessionDepsOf(c);
  const token = bearerToken(c);
  // A malformed token is the empty text.
  return token ? verifyAccessToken(token, issuer, runtime.now()) : undefined;
}

/** Returns the claims of the request's access token. Throws `invalid_token` without a valid token. */
export async function requireAccess(c: Context<AppEnv>): Promise<AccessClaims> {
  const claims = await optionalAccess(c);
  if (claims === undefined) throw invalidToken(bearerToken(c));
  return claims;
}
