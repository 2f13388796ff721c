import type { CountryCode } from "libphonenumber-js/max";
import type { ExtraClaims } from "../config/token-claims.ts";
import type { SessionTokens } from "../contract/sessions.ts";
import type { Channel } from "../contract/channels.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { AccessClaims } from "./access-token.ts";
import { assuranceOf, withOurs } from "./assurance.ts";
import type { SessionDeps } from "./deps.ts";
import { sealExtraClaims } from "./extra-claims.ts";
import type { Family, SignedOutEverywhere } from "./family.ts";
import { openRefreshToken } from "./refresh-token.ts";
import { openSessionNumber, sealSessionNumber } from "./session-number.ts";
import { tokensOf } from "./session-tokens.ts";
import type { NotLive } from "./sign-out.ts";
import { sessionsName, type SubjectSessionsClient } from "./subject-sessions.ts";
import { subjectOf } from "./subject.ts";

/** What an app's backend says of its person. */
export interface AppWord {
  readonly clientId: string;
  /** Its own name of him; without one he is named after his number. */
  readonly subject?: string | undefined;
  /** Factors that he has passed before. */
  readonly amr: readonly string[];
}

/** A number that has just been proved, and what its person will know the session by. */
export interface SignIn {
  readonly to: string;
  readonly channel: Channel;
  /** What the app's backend has said, where it has started the sign-in. */
  readonly app?: AppWord | undefined;
  readonly ledger: { readonly name: string; readonly country: CountryCode };
  readonly country?: string | undefined;
  readonly device?: string | undefined;
  /** Claims that each access token of this session has beside ours (`extra-claims.ts`). */
  readonly extraClaims?: ExtraClaims | undefined;
}

export interface OpenedSession {
  readonly kind: "opened";
  readonly tokens: SessionTokens;
}

/** Opens a session. It is written down before anybody is given its tokens. */
export async function openSession(
  deps: SessionDeps,
  { to, channel, app, ledger, country, device, extraClaims }: SignIn,
): Promise<OpenedSession | StoreUnavailable> {
  const subject = app?.subject ?? (await subjectOf(to, deps.subjectKey));
  const id = `ses_${randomNonce()}`;
  const amr = withOurs(app?.amr ?? [], channel);
  const name = await sessionsName(subject, deps.subjectKey);
  const outcome = await deps.sessionsAt(name, ledger.country).open({
    id,
    clientId: app?.clientId ?? deps.clientId,
    amr,
    acr: assuranceOf(amr),
    sealedNumber: await sealSessionNumber(to, id, deps.peppers),
    ...(extraClaims && { sealedClaims: await sealExtraClaims(extraClaims, id, deps.peppers) }),
    authTimeSeconds: Math.floor(deps.runtime.now() / 1000),
    ledger,
    lifetimes: deps.lifetimes,
    ...(country !== undefined && { country }),
    ...(device !== undefined && { device }),
  });
  if (outcome.kind === "store_unavailable") return outcome;
  // Its name was made a moment ago: only a sign-out that overtook a repetition can have ended it.
  if (outcome.kind === "revoked") return { kind: "store_unavailable" };
  deps.runtime.log("session.opened", { id });
  const tokens = await tokensOf(deps, subject, id, outcome.family);
  if (tokens === undefined) throw new Error("a session sealed by a pepper that is gone");
  return { kind: "opened", tokens };
}

/** Ends a session whose tokens nobody was given. */
export async function takeBackSession(
  deps: SessionDeps,
  { session_id, subject }: SessionTokens,
): Promise<void> {
  const sessions = await sessionsOf(deps, subject);
  await sessions.signOut({ by: session_id, id: session_id });
}

/** The number of a live session, or why there is none. */
export async function numberOfSession(
  deps: SessionDeps,
  claims: AccessClaims,
): Promise<{ readonly kind: "number"; readonly to: string } | NotLive | StoreUnavailable> {
  const outcome = await listSessions(deps, claims);
  if (outcome.kind !== "sessions") return outcome;
  const to = await openSessionNumber(outcome.current, claims.sessionId, deps.peppers);
  // Its pepper is gone: whoever signs in anew has one again.
  return to === undefined ? { kind: "not_live" } : { kind: "number", to };
}

export type RaisedSession =
  | {
      readonly kind: "raised";
      readonly tokens: Omit<SessionTokens, "refresh_token" | "refresh_expires_in">;
    }
  | NotLive
  | StoreUnavailable;

/** Raises a live session: the same one, with a fresh proof. Its refresh token stays as it is. */
export async function raiseSession(
  deps: SessionDeps,
  { subject, sessionId: id }: AccessClaims,
  channel: Channel,
): Promise<RaisedSession> {
  const sessions = await sessionsOf(deps, subject);
  const outcome = await sessions.raise({ id, channel });
  if (outcome.kind !== "live") return outcome;
  const made = await tokensOf(deps, subject, id, outcome.family);
  if (made === undefined) return { kind: "not_live" };
  deps.runtime.log("session.raised", { id });
  const { access_token, expires_in } = made;
  const tokens = {
    access_token,
    token_type: "Bearer",
    expires_in,
    session_id: id,
    subject,
  } as const;
  return { kind: "raised", tokens };
}

export type RefreshedSession =
  | { readonly kind: "refreshed"; readonly tokens: SessionTokens }
  | { readonly kind: "invalid_token" }
  | StoreUnavailable;

/** Spends a refresh token for the next one and a new access token. */
export async function refreshSession(deps: SessionDeps, token: string): Promise<RefreshedSession> {
  const { runtime, lifetimes } = deps;
  const claims = await openRefreshToken(token, deps.peppers);
  if (claims === undefined) return { kind: "invalid_token" };
  const { subject, sessionId: id, generation } = claims;
  // However old it is: a spent token is a replay as long as its family lives.
  const sessions = await sessionsOf(deps, subject);
  const outcome = await sessions.refresh({ id, generation, lifetimes });
  if (outcome.kind === "store_unavailable") return outcome;
  if (outcome.kind === "refused") {
    // Of two holders of one token one is a thief; which, nobody can say.
    if (outcome.reason === "reused") runtime.log("session.reuse_detected", { level: "alert", id });
    return { kind: "invalid_token" };
  }
  const tokens = await tokensOf(deps, subject, id, outcome.family);
  if (tokens === undefined) return { kind: "invalid_token" };
  runtime.log("session.refreshed", { id, repeated: outcome.isRepetition });
  return { kind: "refreshed", tokens };
}

export type SessionsOutcome =
  | {
      readonly kind: "sessions";
      readonly current: Family;
      /** All live ones, by id, the current one among them. */
      readonly families: Readonly<Record<string, Family>>;
    }
  | NotLive
  | StoreUnavailable;

/** The live sessions of a token's subject; the token's own must be one of them. */
export async function listSessions(
  deps: SessionDeps,
  { subject, sessionId }: AccessClaims,
): Promise<SessionsOutcome> {
  const sessions = await sessionsOf(deps, subject);
  const outcome = await sessions.list(sessionId);
  if (outcome.kind !== "sessions") return outcome;
  const current = outcome.families[sessionId];
  return current === undefined ? { kind: "not_live" } : { ...outcome, current };
}

/** Ends one session of the token's subject, its own included. Nothing to end is a success too. */
export async function signOutOne(
  deps: SessionDeps,
  { subject, sessionId }: Pick<AccessClaims, "subject" | "sessionId">,
  id = sessionId,
) {
  const sessions = await sessionsOf(deps, subject);
  const outcome = await sessions.signOut({ by: sessionId, id });
  if (outcome.kind === "signed_out" && outcome.wasLive)
    deps.runtime.log("session.revoked", { id, by: sessionId });
  return outcome;
}

/** Which session a refresh token is of, or undefined for what is none of ours; no store is asked. */
export async function sessionOfRefreshToken(
  deps: SessionDeps,
  token: string,
): Promise<string | undefined> {
  return (await openRefreshToken(token, deps.peppers))?.sessionId;
}

/** Ends the session of a refresh token, which may be a spent one of it. */
export async function signOutByRefreshToken(deps: SessionDeps, token: string) {
  const claims = await openRefreshToken(token, deps.peppers);
  return claims === undefined ? { kind: "signed_out" as const } : signOutOne(deps, claims);
}

/** Ends all sessions of the subject, and says whose devices are to be forgotten as well. */
export async function signOutAll(
  deps: SessionDeps,
  { subject, sessionId }: AccessClaims,
): Promise<
  | { readonly kind: "signed_out"; readonly everywhere: SignedOutEverywhere }
  | NotLive
  | StoreUnavailable
> {
  const sessions = await sessionsOf(deps, subject);
  const outcome = await sessions.signOutEverywhere({ by: sessionId, name: randomNonce() });
  if (outcome.kind === "signed_out")
    deps.runtime.log("session.revoked", { id: "all", by: sessionId });
  return outcome;
}

/** Ends all sessions of a subject at the operator's word, and says whose devices go as well. */
export async function endSessionsOf(deps: SessionDeps, subject: string) {
  const sessions = await sessionsOf(deps, subject);
  return sessions.endAll();
}

async function sessionsOf(deps: SessionDeps, subject: string): Promise<SubjectSessionsClient> {
  return deps.sessionsAt(await sessionsName(subject, deps.subjectKey));
}
