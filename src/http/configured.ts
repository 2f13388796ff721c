import type { MiddlewareHandler } from "hono";
import { Problem } from "../problem.ts";
import type { AppEnv } from "./app-env.ts";

export function notConfigured(): Problem {
  return new Problem("not_configured", "Settings are missing or wrong; /healthz names them.");
}

/** Closes every route behind it while a setting is missing or wrong. */
export const requireConfig: MiddlewareHandler<AppEnv> = async (c, next) => {
  const outcome = c.var.configOutcome;
  if (outcome.kind !== "ok") throw notConfigured();
  c.set("config", outcome.config);
  return next();
};
