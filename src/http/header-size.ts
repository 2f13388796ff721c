import type { MiddlewareHandler } from "hono";
import { Problem } from "../problem.ts";
import type { AppEnv } from "./app-env.ts";

const maxHeaderBytes = 16 * 1024;

/** Refuses requests whose headers have more than 16 KiB in total. */
export const limitHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  let bytes = 0;
  for (const [name, value] of c.req.raw.headers) bytes += name.length + value.length;
  if (bytes > maxHeaderBytes) throw new Problem("headers_too_large");
  return next();
};
