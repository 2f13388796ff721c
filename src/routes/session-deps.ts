import type { Context } from "hono";
import { bearerToken, invalidToken } from "../http/bearer.ts";
import type { AppEnv } from "../http/app-env.ts";
import { verifyAccessToken, type AccessClaims } from "../session/access-token.ts";
import type { SessionDeps } from "../session/session.ts";
import { SubjectSessions } from "../session/subject-sessions.ts";

/** What the use cases of sessions work with. */
export function sessionDepsOf(c: Context<AppEnv>): SessionDeps {
  const { config, runtime, origin } = c.var;
  const issuer = config.issuer ?? origin;
  const { signingKeys, sessionIdleSeconds: idleSeconds, sessionMaxSeconds: maxSeconds } = config;
  return {
    issuer: { issuer, audience: config.audience ?? issuer, signingKeys },
    clientId: config.clientId,
    accessTokenLifetimeSeconds: config.accessTokenLifetimeSeconds,
    lifetimes: { idleSeconds, maxSeconds },
    subjectKey: config.subjectKey,
    peppers: config.peppers,
    runtime,
    sessionsAt: (name, country) =>
      new SubjectSessions(c.env.SUBJECT_SESSIONS, name, runtime, country),
  };
}

/** What the request's access token says, or the problem `invalid_token`. */
export async function accessOf(c: Context<AppEnv>, deps: SessionDeps): Promise<AccessClaims> {
  const token = bearerToken(c);
  // A malformed token is the empty text, which is nothing to verify.
  const claims = token
    ? await verifyAccessToken(token, deps.issuer, deps.runtime.now())
    : undefined;
  if (claims === undefined) throw invalidToken(token);
  return claims;
}
