import type { Context } from "hono";
import { checkRequest, resendRequest, startRequest, type SessionTokens } from "../contract.ts";
import type { AppEnv } from "../http/app-env.ts";
import { invalidRequest, readJsonBody } from "../http/json-body.ts";
import { refreshTokenInCookie, requireSameSite } from "../http/refresh-cookie.ts";
import { Router } from "../http/router.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { surviveHangUp } from "../http/survive-hang-up.ts";
import { deviceName } from "../session/device-name.ts";
import { openSession, takeBackSession } from "../session/session.ts";
import type { Reward } from "../verification/outcomes.ts";
import {
  cancelVerification,
  checkVerification,
  readVerification,
  resendVerification,
  startVerification,
} from "../verification/verification.ts";
import { problemFor } from "./outcome-problems.ts";
import { sessionDepsOf } from "./session-deps.ts";
import { callerOf, depsOf } from "./verification-deps.ts";

type AppContext = Context<AppEnv>;

export const verifications = new Router()
  .post("/v1/verifications", async (c) => {
    const key = idempotencyKey(c);
    const request = await readJsonBody(c, startRequest);
    const work = startVerification(depsOf(c), request, callerOf(c), key);
    const outcome = await surviveHangUp(c, work);
    if (outcome.kind !== "started") throw problemFor(outcome);
    c.header("Location", `${c.var.origin}/v1/verifications/${outcome.verification.id}`);
    return c.json(outcome.verification, 201);
  })
  .all("/v1/verifications", methodNotAllowed("POST"))

  .post("/v1/verifications/:id/check", async (c) => {
    const { code, transport } = await readJsonBody(c, checkRequest);
    // A cookie that the browser would not keep is refused before the code is used up.
    if (transport === "cookie") requireSameSite(c);
    const session = await surviveHangUp(c, checkAndOpenSession(c, c.req.param("id"), code));
    return c.json(transport === "cookie" ? refreshTokenInCookie(c, session) : session);
  })
  .all("/v1/verifications/:id/check", methodNotAllowed("POST"))

  .post("/v1/verifications/:id/resend", async (c) => {
    const request = await readJsonBody(c, resendRequest, { optional: true });
    const work = resendVerification(depsOf(c), c.req.param("id"), request, callerOf(c));
    const outcome = await surviveHangUp(c, work);
    if (outcome.kind !== "resent") throw problemFor(outcome);
    return c.json(outcome.verification);
  })
  .all("/v1/verifications/:id/resend", methodNotAllowed("POST"))

  .get("/v1/verifications/:id", async (c) => {
    const outcome = await readVerification(depsOf(c), c.req.param("id"));
    if (outcome.kind !== "found") throw problemFor(outcome);
    return c.json(outcome.verification);
  })
  .delete("/v1/verifications/:id", async (c) => {
    const work = cancelVerification(depsOf(c), c.req.param("id"));
    const outcome = await surviveHangUp(c, work);
    if (outcome.kind !== "canceled") throw problemFor(outcome);
    return c.body(null, 204);
  })
  .all("/v1/verifications/:id", methodNotAllowed("GET", "DELETE"));

async function checkAndOpenSession(c: AppContext, id: string, code: string) {
  const reward = sessionReward(c);
  const outcome = await checkVerification(depsOf(c), id, code, callerOf(c), reward);
  if (outcome.kind !== "approved") throw problemFor(outcome);
  const { earned: tokens, channel, deviceToken } = outcome;
  c.var.runtime.log("session.opened", { id: tokens.session_id, channel });
  return { status: "approved" as const, ...tokens, device_token: deviceToken };
}

/** A right code opens a session, which its person will know by its device and country. */
function sessionReward(c: AppContext): Reward<SessionTokens> {
  const deps = sessionDepsOf(c);
  const device = deviceName(c.req.header("User-Agent"));
  const country = countryOf(c.req.raw);
  return {
    grant: async ({ to, channel, ledger }) => {
      const opened = await openSession(deps, { to, channel, ledger, device, country });
      return opened.kind === "opened" ? { kind: "granted", earned: opened.tokens } : opened;
    },
    takeBack: (tokens) => takeBackSession(deps, tokens),
  };
}

/** As Cloudflare sees the caller's address; `T1` is Tor. */
function countryOf({ cf }: Request): string | undefined {
  const country = cf?.country;
  return typeof country === "string" && /^[A-Z]{2}$/.test(country) ? country : undefined;
}

/** The header of draft-ietf-httpapi-idempotency-key-header, as a bare token such as a UUID. */
function idempotencyKey(c: AppContext): string | undefined {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined || /^[A-Za-z0-9_-]{22,255}$/.test(key)) return key;
  const message = "must be 22 to 255 letters, digits, dashes or underscores, such as a UUID";
  throw invalidRequest([{ path: "Idempotency-Key", message }]);
}
