import type { CountryCode } from "libphonenumber-js/max";
import type { ExtraClaims } from "../config/token-claims.ts";
import type { SessionTokens } from "../contract/sessions.ts";
import type { Channel } from "../contract/channels.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import { sealText } from "../lib/seal.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { AccessClaims } from "./access-token.ts";
import { assuranceOf, addChannelMethod } from "./assurance.ts";
import type { SessionDeps } from "./deps.ts";
import { sealExtraClaims } from "./extra-claims.ts";
import type { Family, SignedOutEverywhere } from "./family.ts";
import { openRefreshToken } from "./refresh-token.ts";
import { openSessionNumber, sealSessionNumber } from "./session-number.ts";
import { tokensOf } from "./session-tokens.ts";
import type { NotLive } from "./sign-out.ts";
import type { SubjectSessionsClient } from "./subject-sessions.ts";
import { sessionsName, subjectOf } from "../handles/subject.ts";
import { subjectLabel } from "./events.ts";

/** What an app's backend says about the user. */
export interface AppUser {
  readonly clientId: string;
  /** The app's own name of the user. @default a name derived from the number */
  readonly subject?: string | undefined;
  /** Authentication methods (RFC 8176) that the user passed before. */
  readonly amr: readonly string[];
}

/** A number that was just proved, and what the list of sessions shows. */
export interface SignIn {
  readonly to: string;
  readonly channel: Channel;
  /** Set if an app's backend started the sign-in. */
  readonly app?: AppUser | undefined;
  readonly ledger: { readonly name: string; readonly country: CountryCode };
  readonly country?: string | undefined;
  readonly device?: string | undefined;
  /** The subject that the app's session hook names. It replaces every other. */
  readonly subject?: string | undefined;
  /** Claims that each access token of this session has in addition to ours (`extra-claims.ts`). */
  readonly extraClaims?: ExtraClaims | undefined;
  /** Set for a test number: the end of its entry, in ms. The session ends then at the latest. */
  readonly testUntilMs?: number | undefined;
}

export interface OpenedSession {
  readonly kind: "opened";
  readonly tokens: SessionTokens;
}

/** Opens a session. It is stored before its tokens are handed out. */
export async function openSession(
  deps: SessionDeps,
  { to, channel, app, ledger, country, device, subject: named, extraClaims, testUntilMs }: SignIn,
): Promise<OpenedSession | StoreUnavailable> {
  const subject = named ?? app?.subject ?? (await subjectOf(to, deps.subjectKey));
  const id = `ses_${randomNonce()}`;
  const amr = addChannelMethod(app?.amr ?? [], channel);
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
    ...(await subjectForEvents(deps, subject, id)),
    ...(country !== undefined && { country }),
    ...(device !== undefined && { device }),
    ...(testUntilMs !== undefined && { testUntilMs }),
  });
  if (outcome.kind === "store_unavailable") return outcome;
  // The id is new. So the first call opened the session, a sign-out ended it, and this was the retry.
  if (outcome.kind === "revoked") return { kind: "store_unavailable" };
  deps.runtime.log("session.opened", { id });
  const tokens = await tokensOf(deps, subject, id, outcome.family);
  if (tokens === undefined) throw new Error("a session is sealed by a pepper that was removed");
  return { kind: "opened", tokens };
}

/** The subject as the session stores it for its events. Empty where events are off. */
async function subjectForEvents(
  { hasEvents, peppers }: SessionDeps,
  subject: string,
  id: string,
): Promise<{ readonly sealedSubject?: string }> {
  if (!hasEvents) return {};
  return { sealedSubject: await sealText(peppers, subjectLabel, subject, id) };
}

/** Ends a session whose tokens were not handed out. */
export async function discardSession(
  deps: SessionDeps,
  { session_id, subject }: SessionTokens,
): Promise<void> {
  const sessions = await sessionsOf(deps, subject);
  await sessions.signOut({ by: session_id, id: session_id });
}

/** Returns the number of a live session. */
export async function numberOfSession(
  deps: SessionDeps,
  claims: AccessClaims,
): Promise<{ readonly kind: "number"; readonly to: string } | NotLive | StoreUnavailable> {
  const outcome = await listSessions(deps, claims);
  if (outcome.kind !== "sessions") return outcome;
  const to = await openSessionNumber(outcome.current, claims.sessionId, deps.peppers);
  // The pepper was removed. The user has to sign in again.
  return to === undefined ? { kind: "not_live" } : { kind: "number", to };
}

export type RaisedSession =
  | {
      readonly kind: "raised";
      readonly tokens: Omit<SessionTokens, "refresh_token" | "refresh_expires_in">;
    }
  | NotLive
  | StoreUnavailable;

/** Steps a live session up: it gets a new `auth_time` and `amr`. Its refresh token stays valid. */
export async function raiseSession(
  deps: SessionDeps,
  { subject, sessionId: id }: AccessClaims,
  proven: Pick<SignIn, "channel" | "testUntilMs">,
): Promise<RaisedSession> {
  const sessions = await sessionsOf(deps, subject);
  const outcome = await sessions.raise({ id, ...proven });
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

/** Exchanges a refresh token for its successor and a new access token. */
export async function refreshSession(deps: SessionDeps, token: string): Promise<RefreshedSession> {
  const { runtime, lifetimes } = deps;
  const claims = await openRefreshToken(token, deps.peppers);
  if (claims === undefined) return { kind: "invalid_token" };
  const { subject, sessionId: id, generation } = claims;
  // The token's age does not matter: an old token is a replay as long as its family lives.
  const sessions = await sessionsOf(deps, subject);
  const told = await subjectForEvents(deps, subject, id);
  const outcome = await sessions.refresh({ id, generation, lifetimes, ...told });
  if (outcome.kind === "store_unavailable") return outcome;
  if (outcome.kind === "refused") {
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
      /** All live sessions by id, including the current one. */
      readonly families: Readonly<Record<string, Family>>;
    }
  | NotLive
  | StoreUnavailable;

/** Returns the live sessions of the token's subject. The token's own session must be live. */
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

/**
 * Ends one session of the token's subject. Idempotent: an ended session is a success.
 *
 * @param id the session to end. @default the token's own session
 */
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

/** Returns the session id in a refresh token, or undefined if we did not make it. Reads no store. */
export async function sessionOfRefreshToken(
  deps: SessionDeps,
  token: string,
): Promise<string | undefined> {
  return (await openRefreshToken(token, deps.peppers))?.sessionId;
}

/** Ends the session of a refresh token, also if the token was already used. */
export async function signOutByRefreshToken(deps: SessionDeps, token: string) {
  const claims = await openRefreshToken(token, deps.peppers);
  return claims === undefined ? { kind: "signed_out" as const } : signOutOne(deps, claims);
}

/** Ends all sessions of the subject. Returns the ledgers that must forget the subject's devices. */
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

/**
 * Ends all sessions of a subject for the operator. Returns the ledgers that must forget its
 * devices.
 */
export async function endSessionsOf(deps: SessionDeps, subject: string) {
  const sessions = await sessionsOf(deps, subject);
  return sessions.endAll();
}

async function sessionsOf(deps: SessionDeps, subject: string): Promise<SubjectSessionsClient> {
  return deps.sessionsAt(await sessionsName(subject, deps.subjectKey));
}
