import { checkRequest, resendRequest } from "../contract/verifications.ts";
import type { AppContext } from "../http/app-env.ts";
import { bearerToken, invalidToken } from "../http/bearer.ts";
import { invalidRequest, readJsonBody } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { refreshTokenInCookie, requireSameSite } from "../http/refresh-cookie.ts";
import { Router } from "../http/router.ts";
import { surviveHangUp } from "../http/survive-hang-up.ts";
import type { CheckOutcome } from "../verification/outcomes.ts";
import { cancelVerification } from "../verification/cancel.ts";
import { checkVerification } from "../verification/check.ts";
import { readVerification } from "../verification/read.ts";
import { resendVerification } from "../verification/resend.ts";
import { startVerification } from "../verification/start.ts";
import { floodById } from "./flood-by-id.ts";
import { problemFor } from "./outcome-problems.ts";
import { rewardsOf, type Earned } from "./rewards.ts";
import { serviceKeyOf } from "./service-key.ts";
import { optionalAccess } from "./session-deps.ts";
import { callerOf, readStart } from "./start-request.ts";
import { depsOf } from "./verification-deps.ts";

export const verifications = new Router()
  .post("/v1/verifications", async (c) => {
    const key = idempotencyKey(c);
    const { start, caller } = await readStart(c);
    const work = startVerification(depsOf(c), start, caller, key);
    const outcome = await surviveHangUp(c, work);
    if (outcome.kind !== "started") throw problemFor(outcome);
    c.header("Location", `${c.var.origin}/v1/verifications/${outcome.verification.id}`);
    return c.json(outcome.verification, 201);
  })
  .all("/v1/verifications", methodNotAllowed("POST"))

  .use("/v1/verifications/:id/*", floodById)
  .post("/v1/verifications/:id/check", async (c) => {
    const { code, transport } = await readJsonBody(c, checkRequest);
    // Refused before the code is used up, because a browser does not keep the cookie of another site.
    if (transport === "cookie") requireSameSite(c);
    const outcome = await surviveHangUp(c, check(c, c.req.param("id"), code));
    return c.json(approval(c, outcome, transport));
  })
  .all("/v1/verifications/:id/check", methodNotAllowed("POST"))

  .post("/v1/verifications/:id/resend", async (c) => {
    const request = await readJsonBody(c, resendRequest, { optional: true });
    const caller = callerOf(c, await serviceKeyOf(c));
    const work = resendVerification(depsOf(c), c.req.param("id"), request, caller);
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

async function check(c: AppContext, id: string, code: string) {
  const access = await optionalAccess(c);
  const caller = { ...callerOf(c, undefined), ...(access && { session: access.sessionId }) };
  const outcome = await checkVerification(depsOf(c), id, code, caller, rewardsOf(c, access));
  if (outcome.kind === "other_session" || outcome.kind === "session_ended")
    throw invalidToken(bearerToken(c));
  if (outcome.kind !== "approved") throw problemFor(outcome);
  return outcome;
}

/**
 * Returns the body of the answer. The refresh token moves into the cookie if the caller asked for
 * that.
 */
function approval(
  c: AppContext,
  { earned, deviceToken }: Extract<CheckOutcome<Earned>, { kind: "approved" }>,
  transport: "cookie" | undefined,
) {
  const status = "approved" as const;
  switch (earned.kind) {
    case "session": {
      const tokens =
        transport === "cookie" ? refreshTokenInCookie(c, earned.tokens) : earned.tokens;
      return { status, ...tokens, device_token: deviceToken };
    }
    case "raised":
      return { status, ...earned.tokens, device_token: deviceToken };
    case "proof":
      return { status, proof_token: earned.proof_token, expires_in: earned.expires_in };
  }
}

/** Reads the header of draft-ietf-httpapi-idempotency-key-header, without quotes, such as a UUID. */
function idempotencyKey(c: AppContext): string | undefined {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined || /^[A-Za-z0-9_-]{22,255}$/.test(key)) return key;
  const message = "must be 22 to 255 letters, digits, dashes or underscores, such as a UUID";
  throw invalidRequest([{ path: "Idempotency-Key", message }]);
}
