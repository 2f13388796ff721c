import type { Context } from "hono";
import { readConfig, type ConfigOutcome } from "./config.ts";
import type { Log } from "./events.ts";
import type { AddressRefusal } from "./guard/kv-windows.ts";
import { RememberedRefusals } from "./guard/remembered-refusals.ts";
import { answerHeaders } from "./http/answer-headers.ts";
import type { AppEnv } from "./http/app-env.ts";
import { requireConfig } from "./http/configured.ts";
import { limitHeaders } from "./http/header-size.ts";
import { Router } from "./http/router.ts";
import { checkOrigin } from "./http/origin.ts";
import { createLog } from "./lib/log.ts";
import { Trace } from "./lib/trace.ts";
import { metricsTo } from "./metrics.ts";
import { Problem, problemDocument, problemTypes } from "./problem.ts";
import { deadLetters } from "./routes/dead-letters.ts";
import { demo } from "./routes/demo.ts";
import { discovery } from "./routes/discovery.ts";
import { erase } from "./routes/erase.ts";
import { frontendConfig } from "./routes/frontend-config.ts";
import { healthz } from "./routes/healthz.ts";
import { introspection } from "./routes/introspection.ts";
import { jwks } from "./routes/jwks.ts";
import { openApi } from "./routes/openapi.ts";
import { problems } from "./routes/problems.ts";
import { adminGuard } from "./routes/admin-guard.ts";
import { locks } from "./routes/locks.ts";
import { proofs } from "./routes/proofs.ts";
import { sessions } from "./routes/sessions.ts";
import { setup } from "./routes/setup-page.ts";
import { messageWebhook } from "./routes/message-webhook.ts";
import { subjects } from "./routes/subjects.ts";
import { users } from "./routes/users.ts";
import { verifications } from "./routes/verifications.ts";
import type { Runtime } from "./runtime.ts";
import { ProviderHealth } from "./twilio/client.ts";
import { build } from "./version.ts";

/**
 * Returns the Worker's app. It reaches the outside only through its bindings and these arguments.
 *
 * @param outside.fetch the network.
 * @param outside.now the clock, in milliseconds since the epoch.
 * @example export default createApp({ fetch: (input, init) => fetch(input, init), now: Date.now });
 */
export function createApp(outside: Pick<Runtime, "fetch" | "now">): Router {
  const providerHealth = new ProviderHealth();
  const addressRefusals = new RememberedRefusals<AddressRefusal>();
  const challenged = new RememberedRefusals<true>();
  const logged = new WeakSet<ConfigOutcome>();
  let hasStarted = false;
  return new Router()
    .use(answerHeaders)
    .use(async (c, next) => {
      c.set("requestId", crypto.randomUUID());
      c.set("providerHealth", providerHealth);
      c.set("addressRefusals", addressRefusals);
      c.set("challenged", challenged);
      c.set("runtime", runtimeOf(c, outside));
      c.set("origin", new URL(c.req.url).origin);
      if (!hasStarted) logBuild(c);
      hasStarted = true;
      const outcome = await readConfig(c.env, outside.now);
      c.set("configOutcome", outcome);
      logConfigProblems(c.var.runtime.log, outcome, logged);
      const issuer = outcome.kind === "ok" ? outcome.config.issuer : undefined;
      if (issuer !== undefined) c.set("origin", issuer);
      return next();
    })
    .use(checkOrigin)
    .use(limitHeaders)
    .route("/", healthz)
    .route("/", problems)
    .route("/", jwks)
    .route("/", discovery)
    .route("/", openApi)
    .route("/", setup)
    .use(requireConfig)
    .route("/", demo)
    .route("/", messageWebhook)
    .route("/", frontendConfig)
    .route("/", verifications)
    .route("/", sessions)
    .route("/", introspection)
    .route("/", users)
    .route("/", proofs)
    .route("/", adminGuard)
    .route("/", locks)
    .route("/", subjects)
    .route("/", deadLetters)
    .route("/", erase)
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
  const trace = new Trace(outside.now);
  trace.about({ request_id: c.var.requestId, colo: coloOf(c.req.raw) });
  const log: Log = createLog(() => trace.context(), metricsTo(c.env.METRICS));
  return { ...outside, trace, log, background: background(c, log) };
}

/** Returns the airport code of the data centre that answers. */
function coloOf({ cf }: Request): string | undefined {
  return typeof cf?.colo === "string" ? cf.colo : undefined;
}

/**
 * Runs once an isolate. The build is in the context, because its version would be redacted as
 * digits.
 */
function logBuild(c: Context<AppEnv>): void {
  const { trace } = c.var.runtime;
  const log: Log = createLog(() => ({ ...trace.context(), ...build }), metricsTo(c.env.METRICS));
  log("isolate.started", {});
}

/** Logs the names of wrong settings, once an isolate. `/healthz` shows how to fix them. */
function logConfigProblems(log: Log, outcome: ConfigOutcome, logged: WeakSet<ConfigOutcome>): void {
  if (outcome.kind === "ok" || logged.has(outcome)) return;
  logged.add(outcome);
  const names = new Set(outcome.problems.map((problem) => problem.split(":", 1)[0]));
  log("config.invalid", { level: "alert", names: [...names].join(" ") });
}

function background(c: Context<AppEnv>, log: Log): Runtime["background"] {
  return (event, work) =>
    c.executionCtx.waitUntil(
      work.catch((error: unknown) => {
        log(event, { error: error instanceof Error ? error.name : "unknown" });
      }),
    );
}

/** A problem is an expected ending, so only its code and status are logged. */
function answerProblem(c: Context<AppEnv>, problem: Problem): Response {
  const { status } = problemTypes[problem.code];
  c.var.runtime.log("request.refused", { code: problem.code, status, method: c.req.method });
  const document = problemDocument(problem, c.var.origin, c.var.requestId);
  for (const [name, value] of Object.entries(problem.headers)) c.header(name, value);
  return c.body(JSON.stringify(document), status, { "Content-Type": "application/problem+json" });
}
