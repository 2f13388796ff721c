import { adminLocksReset, locksReset } from "../contract/locks.ts";
import { readJsonBody } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { Problem } from "../problem.ts";
import { resetLocks } from "../verification/reset-locks.ts";
import { problemFor } from "./outcome-problems.ts";
import { requireScope, requireServiceKey } from "./service-key.ts";
import { depsOf } from "./verification-deps.ts";

const clientPath = "/v1/locks/reset";
const operatorPath = "/v1/admin/locks/reset";

/** Ends locks of a number: a backend those of its own client, the operator those of a caller class. */
export const locks = new Router()
  .post(clientPath, async (c) => {
    const key = await requireServiceKey(c, "This path");
    // A key without purposes starts nothing, so its client has no locks.
    if (key.purposes.size === 0) throw new Problem("insufficient_scope");
    const { to, subject } = await readJsonBody(c, locksReset);
    const { clientId } = key;
    const outcome = await resetLocks(depsOf(c), to, { clientId, subject });
    if (outcome.kind !== "reset") throw problemFor(outcome);
    c.var.runtime.log("locks.reset", { class: "service", by: "client", client_id: clientId });
    return c.body(null, 204);
  })
  .all(clientPath, methodNotAllowed("POST"))

  .post(operatorPath, async (c) => {
    const clientId = await requireScope(c, "admin");
    const { to, class: named } = await readJsonBody(c, adminLocksReset);
    const outcome = await resetLocks(depsOf(c), to, { class: named });
    if (outcome.kind !== "reset") throw problemFor(outcome);
    c.var.runtime.log("locks.reset", { class: named, by: "operator", client_id: clientId });
    return c.body(null, 204);
  })
  .all(operatorPath, methodNotAllowed("POST"));
