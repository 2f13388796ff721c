import type { Handler } from "hono";
import { Problem } from "../problem.ts";

/** Returns the last handler of a path: 405 with the path's methods in `Allow` (RFC 9110 §15.5.6). */
export function methodNotAllowed(...methods: readonly ("GET" | "POST" | "DELETE")[]): Handler {
  return () => {
    throw new Problem("method_not_allowed", undefined, { headers: { Allow: methods.join(", ") } });
  };
}
