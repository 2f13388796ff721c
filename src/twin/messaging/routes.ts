import { Hono } from "hono";
import { notFound, twilioError } from "../answer.ts";
import type { Operation, Serve } from "../api.ts";
import { TWIN_ACCOUNT_SID } from "../seed.ts";
import type { Courier } from "./courier.ts";
import { createFeedback } from "./feedback.ts";
import { createMessage, fetchMessage, listMessages } from "./messages.ts";

const ACCOUNT = "/2010-04-01/Accounts/:account";
const MESSAGES = `${ACCOUNT}/Messages.json`;
const MESSAGE = `${ACCOUNT}/Messages/:message{[A-Za-z0-9]+\\.json}`;
const FEEDBACK = `${ACCOUNT}/Messages/:message/Feedback.json`;

/** The routes of Twilio Programmable Messaging that a phone sign-in uses: only JSON, no media. */
export function messagingRoutes(serve: Serve, courier: Courier): Hono {
  const own = (operation: Operation) => serve("messaging", ofAccount(operation));
  const app = new Hono()
    .post(
      MESSAGES,
      own((call) => createMessage(call, courier)),
    )
    .get(MESSAGES, own(listMessages))
    .get(MESSAGE, own(fetchMessage))
    .post(FEEDBACK, own(createFeedback));
  const wrongMethod = own(() => twilioError(20004));
  for (const path of [MESSAGES, MESSAGE, FEEDBACK]) app.all(path, wrongMethod);
  const unknown = serve("messaging", (call) => notFound(call.path));
  return app.all("/2010-04-01/*", unknown);
}

/** Refuses the path of another account: credentials belong to one account. */
function ofAccount(operation: Operation): Operation {
  return (call) => {
    const sid = call.param("account");
    if (sid === TWIN_ACCOUNT_SID) return operation(call);
    return /^AC[0-9a-f]{32}$/i.test(sid) ? twilioError(20003) : notFound(call.path);
  };
}
