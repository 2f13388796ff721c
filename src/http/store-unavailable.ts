import { Problem } from "../problem.ts";

/** Returns the problem 503: money and codes fail closed. The caller may retry after one second. */
export function storeUnavailable(): Problem {
  return new Problem("store_unavailable", undefined, { headers: { "Retry-After": "1" } });
}
