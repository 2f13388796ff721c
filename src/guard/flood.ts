import type { RuleMode } from "../contract/words.ts";
import type { Runtime } from "../runtime.ts";

/** Cloudflare's rate-limiting binding. It counts per location, and not exactly. */
export interface FloodGate {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** The period of both bindings in `wrangler.toml`, and the `Retry-After` of a refused address. */
export const floodSeconds = 60;

/**
 * Returns whether the address has sent more requests than the binding allows. A missing or failing binding
 * fails open, because exact limits follow.
 */
export async function isFlood(
  gate: FloodGate | undefined,
  mode: RuleMode,
  address: string,
  { trace, log }: Pick<Runtime, "trace" | "log">,
): Promise<boolean> {
  if (gate === undefined || mode === "off") return false;
  try {
    return !(await trace.hop("flood", async () => gate.limit({ key: address }))).success;
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    log("store.failed", { store: "flood", error: name });
    return false;
  }
}
