import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { storeUnavailable } from "../http/store-unavailable.ts";
import { readFormBody } from "../http/form-body.ts";
import { Router } from "../http/router.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { surviveHangUp } from "../http/survive-hang-up.ts";
import { Problem } from "../problem.ts";
import { isSignedByTwilio } from "../twilio/signature.ts";
import { recordMessageStatus } from "../verification/message-status.ts";
import { depsOf } from "./verification-deps.ts";

const path = "/v1/webhooks/twilio/messages";

/** Twilio's status callbacks. All signed ones get 204, because Twilio repeats the others. */
export const messageWebhook = new Router()
  .post(path, async (c) => {
    const form = await readFormBody(c);
    const wrong = await signatureProblem(c, form);
    if (wrong !== undefined) throw refused(c, wrong);
    const work = recordMessageStatus(depsOf(c), c.req.query("ref") ?? "", form);
    const outcome = await surviveHangUp(c, work);
    if (outcome.kind === "unknown_reference") throw refused(c, "reference_unknown");
    if (outcome.kind === "store_unavailable") throw storeUnavailable();
    return c.body(null, 204);
  })
  .all(path, methodNotAllowed("POST"));

/**
 * Returns what is wrong with the signature, or undefined. Twilio signs with the auth token. If only an
 * API key is configured, the signature cannot be checked, and the sealed `ref` proves the origin instead.
 */
async function signatureProblem(
  c: Context<AppEnv>,
  form: URLSearchParams,
): Promise<"signature_missing" | "signature_wrong" | undefined> {
  const { authToken } = c.var.config.twilio;
  if (authToken === undefined) return undefined;
  const signature = c.req.header("X-Twilio-Signature") ?? "";
  if (signature === "") return "signature_missing";
  const url = c.var.origin + path + new URL(c.req.url).search;
  return (await isSignedByTwilio(authToken, url, form, signature)) ? undefined : "signature_wrong";
}

/** Logged as a warning: if all callbacks are refused, no delivery is known. */
function refused(c: Context<AppEnv>, reason: string): Problem {
  c.var.runtime.log("webhook.refused", { level: "warning", reason });
  return new Problem("invalid_signature");
}
