import type { Context } from "hono";
import { readFormBody } from "../http/form-body.ts";
import { invalidRequest } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { storeUnavailable } from "../http/store-unavailable.ts";
import { introspect } from "../session/introspect.ts";
import { requireScopeByAnyScheme } from "./service-key.ts";
import { sessionDepsOf } from "./session-deps.ts";

const path = "/v1/introspect";

/** Token introspection (RFC 7662). The scope is judged before the body is read. */
export const introspection = new Router()
  .post(path, async (c) => {
    const clientId = await requireScopeByAnyScheme(c, "introspect");
    const outcome = await introspect(sessionDepsOf(c), await readToken(c));
    if (outcome.kind === "store_unavailable") throw storeUnavailable();
    const active = outcome.kind === "active";
    c.var.runtime.log("token.introspected", { client_id: clientId, active });
    return c.json(outcome.kind === "active" ? outcome.token : { active });
  })
  .all(path, methodNotAllowed("POST"));

/** RFC 6749 §3.1: a parameter must not be repeated. */
async function readToken(c: Context): Promise<string> {
  const tokens = (await readFormBody(c)).getAll("token");
  const [token = ""] = tokens;
  if (tokens.length === 1 && token !== "") return token;
  throw invalidRequest([{ path: "token", message: "must be given once, and not empty" }]);
}
