import { Router } from "../http/router.ts";
import { build } from "../version.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";

const credentialsRefused =
  "TWILIO_AUTH_TOKEN: Twilio refuses the credentials (20003); check the account's sid and its token or API key";

/**
 * Whether the Worker can do its work. If not, the wrong settings are named, without their values. It
 * calls no other service: it knows Twilio's credentials only from this isolate's last sends.
 */
export const healthz = new Router()
  .get("/healthz", (c) => {
    const outcome = c.var.configOutcome;
    const problems = outcome.kind === "ok" ? [] : [...outcome.problems];
    if (c.var.providerHealth.credentialsRefused) problems.push(credentialsRefused);
    const ok = problems.length === 0;
    return c.json({ ok, problems, ...build }, ok ? 200 : 503);
  })
  .all("/healthz", methodNotAllowed("GET"));
