import type { Trace } from "./trace.ts";

/** A store that did not do its work; the caller decides whether that closes or opens a door. */
export interface StoreUnavailable {
  readonly kind: "store_unavailable";
}

/** Where a call to a store is measured, and its failure told. */
export interface Watch {
  readonly trace: Trace;
  readonly log: (
    event: "store.failed",
    fields: { readonly level: string; readonly store: string; readonly error: string },
  ) => void;
}

/**
 * One call to a Durable Object, its failure made a value. `idempotent` calls are tried once more
 * where the runtime says that it helps, and never when the object is overloaded.
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

/** Cloudflare sets both on what a Durable Object's stub throws. */
function mayRetry(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { retryable, overloaded } = { retryable: false, overloaded: false, ...error };
  return retryable && !overloaded;
}
