import { Problem } from "../problem.ts";

/** 503: what spends money or guards a code is refused rather than guessed; a moment later it may do. */
export function storeUnavailable(): Problem {
  return new Problem("store_unavailable", undefined, { headers: { "Retry-After": "1" } });
}
