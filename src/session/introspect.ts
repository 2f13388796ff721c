import type { ActiveToken } from "../contract/introspection.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import { readAccessToken, type AccessClaims } from "./access-token.ts";
import type { SessionDeps } from "./deps.ts";
import { familyEndMs, type Family } from "./family.ts";
import { openRefreshToken, type RefreshClaims } from "./refresh-token.ts";
import { idleEndMs } from "./refresh.ts";
import { openSessionNumber } from "./session-number.ts";
import { sessionsName } from "./subject-sessions.ts";

export type Introspection =
  | { readonly kind: "active"; readonly token: ActiveToken }
  /** Expired, spent, signed out, of another issuer, or no token at all. */
  | { readonly kind: "inactive" }
  | StoreUnavailable;

/** What a token says that passed every check which needs no store. */
interface Candidate {
  readonly claims: Pick<AccessClaims, "subject" | "sessionId">;
  /** The rest of the answer, or undefined where the session's record makes the token worthless. */
  readonly about: (family: Family) => About | undefined;
}

type About = Pick<
  ActiveToken,
  "token_type" | "amr" | "acr" | "auth_time" | "client_id" | "exp" | "iat"
>;

/**
 * Tells whether an access token or refresh token is good at this moment, and who holds it (RFC 7662).
 * It asks the session's object, so a session that was signed out is inactive at once, everywhere. One
 * hop; none for a text that is no token of ours. A spent refresh token is inactive. Asking about it is
 * no replay and ends nothing.
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
      // Absent when the pepper that sealed it is gone.
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
  // The token's own claims: a step-up since then has raised the session, but not this token.
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
