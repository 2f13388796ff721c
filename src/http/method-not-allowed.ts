import type { Handler } from "hono";
import { Problem } from "../problem.ts";

/** Stands last at a path and names the methods that are there (RFC 9110 §15.5.6). */
export function methodNotAllowed(...methods: readonly ("GET" | "POST" | "DELETE")[]): Handler {
  return () => {
    throw new Problem("method_not_allowed", undefined, { headers: { Allow: methods.join(", ") } });
  };
}
