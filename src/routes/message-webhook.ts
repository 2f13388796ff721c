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

/** Twilio's status callbacks. Answers 204 to whatever is signed: Twilio would only ask again. */
export const messageWebhook = new Router()
  .post(path, async (c) => {
    const form = await readFormBody(c);
    const { authToken } = c.var.config.twilio;
    const url = c.var.origin + path + new URL(c.req.url).search;
    const signature = c.req.header("X-Twilio-Signature") ?? "";
    // Where only an API key is known, the sealed `ref` is the proof: nobody but us can make one.
    if (authToken !== undefined && !(await isSignedByTwilio(authToken, url, form, signature)))
      throw new Problem("invalid_signature");
    const work = recordMessageStatus(depsOf(c), c.req.query("ref") ?? "", form);
    const outcome = await surviveHangUp(c, work);
    if (outcome.kind === "unknown_reference") throw new Problem("invalid_signature");
    if (outcome.kind === "store_unavailable") throw storeUnavailable();
    return c.body(null, 204);
  })
  .all(path, methodNotAllowed("POST"));
