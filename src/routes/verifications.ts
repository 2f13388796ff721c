import type { Context } from "hono";
import { checkRequest, resendRequest, startRequest } from "../contract.ts";
import type { AppEnv } from "../http/app-env.ts";
import { invalidRequest, readJsonBody } from "../http/json-body.ts";
import { Router } from "../http/router.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { surviveHangUp } from "../http/survive-hang-up.ts";
import { openSession } from "../session/access-token.ts";
import {
  cancelVerification,
  checkVerification,
  readVerification,
  resendVerification,
  startVerification,
} from "../verification/verification.ts";
import { problemFor } from "./outcome-problems.ts";
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
    const { code } = await readJsonBody(c, checkRequest);
    const work = checkAndOpenSession(c, c.req.param("id"), code);
    return c.json(await surviveHangUp(c, work));
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
  const outcome = await checkVerification(depsOf(c), id, code, callerOf(c));
  if (outcome.kind !== "approved") throw problemFor(outcome);
  const { config, origin, runtime } = c.var;
  const issuer = config.issuer ?? origin;
  const by = { ...config, issuer, audience: config.audience ?? issuer };
  const session = await openSession(outcome, by, runtime.now());
  runtime.log("session.opened", { channel: outcome.channel });
  return { status: "approved", ...session };
}

/** The header of draft-ietf-httpapi-idempotency-key-header, as a bare token such as a UUID. */
function idempotencyKey(c: AppContext): string | undefined {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined || /^[A-Za-z0-9_-]{22,255}$/.test(key)) return key;
  const message = "must be 22 to 255 letters, digits, dashes or underscores, such as a UUID";
  throw invalidRequest([{ path: "Idempotency-Key", message }]);
}
