import type { Trace } from "./trace.ts";

/** The store failed. The caller decides whether to fail open or closed. */
export interface StoreUnavailable {
  readonly kind: "store_unavailable";
}

/** Where a call to a store is timed, and where its failure is logged. */
export interface Watch {
  readonly trace: Trace;
  readonly log: (
    event: "store.failed",
    fields: { readonly level: string; readonly store: string; readonly error: string },
  ) => void;
}

/**
 * Calls a Durable Object, and returns its failure as a value instead of throwing. An `idempotent` call
 * is retried once if the runtime marks the error as retryable and the object is not overloaded.
 *
 * @param store its name in the log.
 */
export async function callObject<Outcome>(
  watch: Watch,
  store: string,
  call: () => Promise<Outcome>,
  { idempotent = false } = {},
): Promise<Outcome | StoreUnavailable> {
  try {
    return await watch.trace.hop(store, call);
  } catch (error) {
    if (idempotent && mayRetry(error)) return callObject(watch, store, call);
    watch.log("store.failed", {
      level: "alert",
      store,
      error: error instanceof Error ? error.name : "unknown",
    });
    return { kind: "store_unavailable" };
  }
}

/** Cloudflare sets `retryable` and `overloaded` on errors that a Durable Object's stub throws. */
function mayRetry(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { retryable, overloaded } = { retryable: false, overloaded: false, ...error };
  return retryable && !overloaded;
}
