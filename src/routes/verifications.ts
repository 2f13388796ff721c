import { Hono, type Context } from "hono";
import { checkRequest, resendRequest, startRequest } from "../contract.ts";
import { clientAddress } from "../guard/client-address.ts";
import { AddressWindows } from "../guard/kv-windows.ts";
import type { AppEnv } from "../http/app-env.ts";
import { invalidRequest, readJsonBody } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { surviveHangUp } from "../http/survive-hang-up.ts";
import { openSession } from "../session/access-token.ts";
import { TwilioClient } from "../twilio/client.ts";
import { twilioVerify } from "../verification/twilio-verify.ts";
import {
  cancelVerification,
  checkVerification,
  readVerification,
  resendVerification,
  startVerification,
  type VerificationDeps,
} from "../verification/verification.ts";
import { problemFor } from "./outcome-problems.ts";

type AppContext = Context<AppEnv>;

export const verifications = new Hono<AppEnv>()
  .post("/v1/verifications", async (c) => {
    refuseIdempotencyKey(c);
    const request = await readJsonBody(c, startRequest);
    const work = startVerification(depsOf(c), request, clientAddress(c.req.raw.headers));
    const outcome = await surviveHangUp(c, work);
    if (outcome.kind !== "started") throw problemFor(outcome);
    c.header("Location", `${c.var.origin}/v1/verifications/${outcome.verification.id}`);
    return c.json(outcome.verification, 201);
  })
  .all("/v1/verifications", methodNotAllowed("POST"))

  .post("/v1/verifications/:id/check", async (c) => {
    const { code } = await readJsonBody(c, checkRequest);
    const outcome = await surviveHangUp(c, checkAndOpenSession(c, c.req.param("id"), code));
    return c.json(outcome);
  })
  .all("/v1/verifications/:id/check", methodNotAllowed("POST"))

  .post("/v1/verifications/:id/resend", async (c) => {
    const request = await readJsonBody(c, resendRequest, { optional: true });
    const address = clientAddress(c.req.raw.headers);
    const work = resendVerification(depsOf(c), c.req.param("id"), request, address);
    const outcome = await surviveHangUp(c, work);
    if (outcome.kind !== "resent") throw problemFor(outcome);
    return c.json(outcome.verification);
  })
  .all("/v1/verifications/:id/resend", methodNotAllowed("POST"))

  .get("/v1/verifications/:id", async (c) => {
    const address = clientAddress(c.req.raw.headers);
    const outcome = await readVerification(depsOf(c), c.req.param("id"), address);
    if (outcome.kind !== "found") throw problemFor(outcome);
    return c.json(outcome.verification);
  })
  .delete("/v1/verifications/:id", async (c) => {
    const address = clientAddress(c.req.raw.headers);
    const work = cancelVerification(depsOf(c), c.req.param("id"), address);
    const outcome = await surviveHangUp(c, work);
    if (outcome.kind !== "canceled") throw problemFor(outcome);
    return c.body(null, 204);
  })
  .all("/v1/verifications/:id", methodNotAllowed("GET", "DELETE"));

async function checkAndOpenSession(c: AppContext, id: string, code: string) {
  const deps = depsOf(c);
  const outcome = await checkVerification(deps, id, code, clientAddress(c.req.raw.headers));
  if (outcome.kind !== "approved") throw problemFor(outcome);
  const { config, origin, runtime } = c.var;
  const issuer = config.issuer ?? origin;
  const by = { ...config, issuer, audience: config.audience ?? issuer };
  const session = await openSession(outcome, by, runtime.now());
  runtime.log("session.opened", { channel: outcome.channel });
  return { status: "approved", ...session };
}

/** Ignoring it would break the promise that it asks for: one send, however often it is asked. */
function refuseIdempotencyKey(c: AppContext): void {
  if (c.req.header("Idempotency-Key") !== undefined)
    throw invalidRequest([
      { path: "Idempotency-Key", message: "is not supported by this version" },
    ]);
}

function depsOf(c: AppContext): VerificationDeps {
  const { config, runtime, providerHealth } = c.var;
  const twilio = new TwilioClient(config.twilio, runtime, providerHealth);
  return {
    config,
    runtime,
    engine: twilioVerify(twilio, config.twilio.verifyServiceSid),
    windows: new AddressWindows(c.env.LIMITS, config, runtime),
  };
}
