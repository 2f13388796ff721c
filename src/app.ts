import type { Context } from "hono";
import { readConfig } from "./config.ts";
import type { AddressRefusal } from "./guard/kv-windows.ts";
import { OverAddresses } from "./guard/over-addresses.ts";
import { answerHeaders } from "./http/answer-headers.ts";
import type { AppEnv } from "./http/app-env.ts";
import { requireConfig } from "./http/configured.ts";
import { limitHeaders } from "./http/header-size.ts";
import { Router } from "./http/router.ts";
import { checkOrigin } from "./http/origin.ts";
import { createLog, type Log } from "./lib/log.ts";
import type { Runtime } from "./lib/runtime.ts";
import { Problem, problemDocument, problemTypes } from "./problem.ts";
import { demo } from "./routes/demo.ts";
import { frontendConfig } from "./routes/frontend-config.ts";
import { healthz } from "./routes/healthz.ts";
import { jwks } from "./routes/jwks.ts";
import { problems } from "./routes/problems.ts";
import { adminGuard } from "./routes/admin-guard.ts";
import { proofs } from "./routes/proofs.ts";
import { sessions } from "./routes/sessions.ts";
import { messageWebhook } from "./routes/message-webhook.ts";
import { verifications } from "./routes/verifications.ts";
import { ProviderHealth } from "./twilio/client.ts";

/** The Worker's app. `fetch` and `now` (milliseconds) are its only ways to the outside. */
export function createApp(outside: Pick<Runtime, "fetch" | "now">): Router {
  const providerHealth = new ProviderHealth();
  const overAddresses = new OverAddresses<AddressRefusal>();
  const challenged = new OverAddresses<true>();
  return new Router()
    .use(answerHeaders)
    .use(async (c, next) => {
      c.set("requestId", crypto.randomUUID());
      c.set("providerHealth", providerHealth);
      c.set("overAddresses", overAddresses);
      c.set("challenged", challenged);
      c.set("runtime", runtimeOf(c, outside));
      const outcome = await readConfig(c.env);
      c.set("configOutcome", outcome);
      const issuer = outcome.kind === "ok" ? outcome.config.issuer : undefined;
      c.set("origin", issuer ?? new URL(c.req.url).origin);
      return next();
    })
    .use(checkOrigin)
    .use(limitHeaders)
    .route("/", healthz)
    .route("/", problems)
    .route("/", jwks)
    .use(requireConfig)
    .route("/", demo)
    .route("/", messageWebhook)
    .route("/", frontendConfig)
    .route("/", verifications)
    .route("/", sessions)
    .route("/", proofs)
    .route("/", adminGuard)
    .notFound(() => {
      throw new Problem("not_found");
    })
    .onError((error, c) => {
      if (error instanceof Problem) return answerProblem(c, error);
      c.var.runtime.log("internal.error", { level: "alert", error: error.name });
      return answerProblem(c, new Problem("internal_error"));
    });
}

function runtimeOf(c: Context<AppEnv>, outside: Pick<Runtime, "fetch" | "now">): Runtime {
  const log = createLog({ request_id: c.var.requestId });
  return { ...outside, log, background: background(c, log) };
}

function background(c: Context<AppEnv>, log: Log): Runtime["background"] {
  return (event, work) =>
    c.executionCtx.waitUntil(
      work.catch((error: unknown) => {
        log(event, { error: error instanceof Error ? error.name : "unknown" });
      }),
    );
}

/** A problem is the end of an expected story: only its code and its status are worth a line. */
function answerProblem(c: Context<AppEnv>, problem: Problem): Response {
  const { status } = problemTypes[problem.code];
  c.var.runtime.log("request.refused", { code: problem.code, status, method: c.req.method });
  const document = problemDocument(problem, c.var.origin, c.var.requestId);
  for (const [name, value] of Object.entries(problem.headers)) c.header(name, value);
  return c.body(JSON.stringify(document), status, { "Content-Type": "application/problem+json" });
}
