import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./app-env.ts";

/** Sets the headers of all answers. A cacheable route sets its own `Cache-Control` before. */
export const answerHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("Strict-Transport-Security", "max-age=31536000");
  headers.set("X-Request-Id", c.var.requestId);
  if (!/(^|,)\s*Origin\s*(,|$)/i.test(headers.get("Vary") ?? "")) headers.append("Vary", "Origin");
};
