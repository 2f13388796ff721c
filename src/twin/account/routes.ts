import { Hono } from "hono";
import * as v from "valibot";
import { notFound, twilioError } from "../answer.ts";
import type { Operation, Serve } from "../api.ts";
import { readControl, refuseMethods } from "../control-body.ts";
import type { Desk } from "../desk.ts";
import { fetchAccount, ofThisAccount } from "./resource.ts";
import { fetchMessagingService, listMessagingServices, listNumbers } from "./senders.ts";

const ACCOUNT = "/2010-04-01/Accounts/:account{[A-Za-z0-9]+\\.json}";
const NUMBERS = "/2010-04-01/Accounts/:account/IncomingPhoneNumbers.json";
const SERVICES = "/v1/Services";
const SERVICE = `${SERVICES}/:service`;

/**
 * The routes that an operator's tools call before the first message: the account and its senders.
 */
export function accountRoutes(serve: Serve): Hono {
  const own = (operation: Operation) =>
    serve("account", (call) => ofThisAccount(call) ?? operation(call));
  const app = new Hono()
    .get(ACCOUNT, own(fetchAccount))
    .get(NUMBERS, own(listNumbers))
    .get(SERVICES, serve("account", listMessagingServices))
    .get(SERVICE, serve("account", fetchMessagingService));
  const wrongMethod = serve("account", () => twilioError(20004));
  for (const path of [ACCOUNT, NUMBERS, SERVICES, SERVICE]) app.all(path, wrongMethod);
  const unknown = serve("account", (call) => notFound(call.path));
  return app.all("/v1/*", unknown);
}

const AccountSchema = v.strictObject({
  type: v.optional(v.picklist(["Trial", "Full"])),
  status: v.optional(v.picklist(["active", "suspended", "closed"])),
});

/** `POST /twin/account {"type":"Trial"}`: changes that only Twilio can make to a real account. */
export function accountLevers(desk: Desk): Hono {
  const app = new Hono();
  app.get("/twin/account", async (c) => c.json(await desk.run(({ account }) => account)));
  app.post("/twin/account", async (c) => {
    const body = await readControl(c, AccountSchema);
    if (body instanceof Response) return body;
    return c.json(await desk.run((state) => Object.assign(state.account, body)));
  });
  return refuseMethods(app, { "/twin/account": "GET, POST" });
}
