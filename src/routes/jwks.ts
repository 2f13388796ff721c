import { Router } from "../http/router.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { notConfigured } from "../http/configured.ts";
import { publicKeySet } from "../session/key-set.ts";

/** Served as long as the keys are valid, so that issued tokens stay verifiable. */
export const jwks = new Router()
  .get("/.well-known/jwks.json", (c) => {
    const outcome = c.var.configOutcome;
    const keys = outcome.kind === "ok" ? outcome.config.signingKeys : outcome.signingKeys;
    if (keys === undefined) throw notConfigured();
    c.header("Cache-Control", "public, max-age=300");
    return c.json(publicKeySet(keys));
  })
  .all("/.well-known/jwks.json", methodNotAllowed("GET"));
