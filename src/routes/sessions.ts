import { storeUnavailable } from "../http/store-unavailable.ts";
import { refreshRequest } from "../contract/sessions.ts";
import type { AppContext } from "../http/app-env.ts";
import { bearerToken, invalidToken } from "../http/bearer.ts";
import { readJsonBody } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import {
  clearRefreshCookie,
  readRefreshCookie,
  readUsableRefreshCookie,
  refreshTokenInCookie,
} from "../http/refresh-cookie.ts";
import { Router } from "../http/router.ts";
import { surviveHangUp } from "../http/survive-hang-up.ts";
import { Problem } from "../problem.ts";
import {
  listSessions,
  refreshSession,
  sessionOfRefreshToken,
  signOutAll,
  signOutByRefreshToken,
  signOutOne,
} from "../session/session.ts";
import { currentView, listView } from "../session/views.ts";
import { forgetDevices } from "../verification/forget-devices.ts";
import { requireAccess, sessionDepsOf } from "./session-deps.ts";
import { depsOf } from "./verification-deps.ts";

export const sessions = new Router()
  .post("/v1/sessions/refresh", async (c) => {
    const body = await readJsonBody(c, refreshRequest, { optional: true });
    const cookie = body.refresh_token === undefined ? readRefreshCookie(c) : undefined;
    const token = body.refresh_token ?? cookie;
    if (token === undefined) throw invalidToken(token);
    const outcome = await surviveHangUp(c, refreshSession(sessionDepsOf(c), token));
    if (outcome.kind === "store_unavailable") throw refusal(outcome.kind, c);
    if (outcome.kind === "invalid_token") {
      if (cookie !== undefined) clearRefreshCookie(c);
      throw invalidToken(token);
    }
    const { tokens } = outcome;
    return c.json(cookie === undefined ? tokens : refreshTokenInCookie(c, tokens));
  })
  .all("/v1/sessions/refresh", methodNotAllowed("POST"))

  .get("/v1/sessions/current", async (c) => {
    const { claims, outcome } = await liveSessions(c);
    return c.json(currentView(claims, outcome.current));
  })
  .delete("/v1/sessions/current", async (c) => {
    await surviveHangUp(c, signOutCurrent(c));
    return c.body(null, 204);
  })
  .all("/v1/sessions/current", methodNotAllowed("GET", "DELETE"))

  .get("/v1/sessions", async (c) => {
    const { claims, outcome } = await liveSessions(c);
    return c.json(listView(claims.sessionId, outcome.families));
  })
  .delete("/v1/sessions", async (c) => {
    await surviveHangUp(c, signOutEverywhere(c));
    return c.body(null, 204);
  })
  .all("/v1/sessions", methodNotAllowed("GET", "DELETE"))

  .delete("/v1/sessions/:id", async (c) => {
    await surviveHangUp(c, signOutById(c, c.req.param("id")));
    return c.body(null, 204);
  })
  .all("/v1/sessions/:id", methodNotAllowed("DELETE"));

async function liveSessions(c: AppContext) {
  const deps = sessionDepsOf(c);
  const claims = await requireAccess(c);
  const outcome = await listSessions(deps, claims);
  if (outcome.kind === "sessions") return { claims, outcome };
  throw refusal(outcome.kind, c);
}

/**
 * Without an access token the cookie names the session, because a reloaded page has only the
 * cookie.
 */
async function signOutCurrent(c: AppContext): Promise<void> {
  const cookie = bearerToken(c) === undefined ? readRefreshCookie(c) : undefined;
  if (cookie === undefined) return signOutById(c);
  const outcome = await signOutByRefreshToken(sessionDepsOf(c), cookie);
  if (outcome.kind !== "signed_out") throw refusal(outcome.kind, c);
  clearRefreshCookie(c);
}

/** Ends the access token's own session, or another session of its subject. */
async function signOutById(c: AppContext, id?: string): Promise<void> {
  const deps = sessionDepsOf(c);
  const claims = await requireAccess(c);
  const outcome = await signOutOne(deps, claims, id);
  if (outcome.kind !== "signed_out") throw refusal(outcome.kind, c);
  await clearCookieOf(c, id ?? claims.sessionId);
}

/** Ends the sessions first, then forgets the devices. After a failure a retry finishes the rest. */
async function signOutEverywhere(c: AppContext): Promise<void> {
  const deps = sessionDepsOf(c);
  const claims = await requireAccess(c);
  const outcome = await signOutAll(deps, claims);
  if (outcome.kind !== "signed_out") throw refusal(outcome.kind, c);
  const { ledgers, name } = outcome.everywhere;
  const forgotten = await forgetDevices(depsOf(c), ledgers, name);
  if (forgotten.kind === "store_unavailable") throw refusal(forgotten.kind, c);
  await clearCookieOf(c, claims.sessionId);
}

/** Deletes the cookie if it belongs to this session. A cookie that a foreign page sent along stays. */
async function clearCookieOf(c: AppContext, sessionId: string): Promise<void> {
  const cookie = readUsableRefreshCookie(c);
  if (cookie === undefined) return;
  const owner = await sessionOfRefreshToken(sessionDepsOf(c), cookie);
  if (owner === sessionId) clearRefreshCookie(c);
}

function refusal(
  kind: "not_live" | "session_not_found" | "store_unavailable",
  c: AppContext,
): Problem {
  switch (kind) {
    case "not_live":
      return invalidToken(bearerToken(c));
    case "session_not_found":
      return new Problem(kind);
    case "store_unavailable":
      return storeUnavailable();
  }
}
