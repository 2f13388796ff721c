import type { ActiveToken } from "../contract/introspection.ts";
import { sessionsName } from "../handles/subject.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import { readAccessToken, type AccessClaims } from "./access-token.ts";
import type { SessionDeps } from "./deps.ts";
import { familyEndMs, type Family } from "./family.ts";
import { openRefreshToken, type RefreshClaims } from "./refresh-token.ts";
import { idleEndMs } from "./refresh.ts";
import { openSessionNumber } from "./session-number.ts";

export type Introspection =
  | { readonly kind: "active"; readonly token: ActiveToken }
  /** Expired, used, signed out, from another issuer, or not a token. */
  | { readonly kind: "inactive" }
  | StoreUnavailable;

/** The content of a token that passed all checks without a store. */
interface Candidate {
  readonly claims: Pick<AccessClaims, "subject" | "sessionId">;
  /** Returns the rest of the answer, or undefined if the session's record makes the token invalid. */
  readonly about: (family: Family) => About | undefined;
}

type About = Pick<
  ActiveToken,
  "token_type" | "amr" | "acr" | "auth_time" | "client_id" | "exp" | "iat"
>;

/**
 * Returns whether an access token or refresh token is valid now, and its claims (RFC 7662). It asks the
 * session's object, so a signed-out session is inactive at once in all locations. That is one hop, and no
 * hop for a text that is not our token. A used refresh token is inactive. Introspecting it does not count as
 * a replay, so the session stays live.
 */
export async function introspect(deps: SessionDeps, token: string): Promise<Introspection> {
  const candidate = (await refreshCandidate(deps, token)) ?? (await accessCandidate(deps, token));
  if (candidate === undefined) return { kind: "inactive" };
  const { subject, sessionId } = candidate.claims;
  const sessions = deps.sessionsAt(await sessionsName(subject, deps.subjectKey));
  const outcome = await sessions.read(sessionId);
  if (outcome.kind === "store_unavailable") return outcome;
  if (outcome.kind === "not_live") return { kind: "inactive" };
  const about = candidate.about(outcome.family);
  if (about === undefined) return { kind: "inactive" };
  const phone_number = await openSessionNumber(outcome.family, sessionId, deps.peppers);
  const { issuer: iss, audience: aud } = deps.issuer;
  return {
    kind: "active",
    token: {
      active: true,
      ...about,
      sub: subject,
      sid: sessionId,
      iss,
      aud,
      // Absent if the pepper that sealed it was removed.
      ...(phone_number !== undefined && { phone_number }),
      ...(outcome.family.isTest === true && ({ test: true } as const)),
    },
  };
}

async function accessCandidate(deps: SessionDeps, token: string): Promise<Candidate | undefined> {
  const read = await readAccessToken(token, deps.issuer, deps.runtime.now());
  if (read === undefined) return undefined;
  const { claims, issuedAtSeconds: iat, expiresAtSeconds: exp } = read;
  const { amr, acr, authTimeSeconds: auth_time, clientId: client_id } = claims;
  // These are the token's own claims. A later step-up changes the session, but not this token.
  const about: About = {
    token_type: "Bearer",
    amr: [...amr],
    acr,
    auth_time,
    client_id,
    exp,
    iat,
  };
  return { claims, about: () => about };
}

async function refreshCandidate(deps: SessionDeps, token: string): Promise<Candidate | undefined> {
  const claims = await openRefreshToken(token, deps.peppers);
  return claims && { claims, about: (family) => aboutRefreshToken(deps, claims, family) };
}

/** Without `token_type`: an API must not take a refresh token for an access token. */
function aboutRefreshToken(
  { lifetimes, runtime }: SessionDeps,
  { generation }: RefreshClaims,
  family: Family,
) {
  const endMs = Math.min(familyEndMs(family), idleEndMs(family, lifetimes));
  if (generation !== family.generation || runtime.now() >= endMs) return undefined;
  const { amr, acr, authTimeSeconds: auth_time, clientId: client_id, rotatedAtMs } = family;
  const [exp, iat] = [Math.floor(endMs / 1000), Math.floor(rotatedAtMs / 1000)];
  return { amr, acr, auth_time, client_id, exp, iat };
}
