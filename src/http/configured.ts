import type { MiddlewareHandler } from "hono";
import { Problem } from "../problem.ts";
import type { AppEnv } from "./app-env.ts";

/** Returns the problem 503 for wrong settings. */
export function notConfigured(): Problem {
  return new Problem("not_configured", "Settings are missing or wrong; /healthz names them.");
}

/** Refuses all later routes with `not_configured` as long as a setting is missing or wrong. */
export const requireConfig: MiddlewareHandler<AppEnv> = async (c, next) => {
  const outcome = c.var.configOutcome;
  if (outcome.kind !== "ok") throw notConfigured();
  c.set("config", outcome.config);
  return next();
};
