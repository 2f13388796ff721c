import { Problem } from "../problem.ts";

/** 503: what guards a code or a session is refused rather than guessed. Soon it may be there again. */
export function storeUnavailable(): Problem {
  return new Problem("store_unavailable", undefined, { headers: { "Retry-After": "1" } });
}
