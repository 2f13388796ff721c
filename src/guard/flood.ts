import type { RuleMode } from "../contract/words.ts";
import type { Runtime } from "../runtime.ts";

/** Cloudflare's rate-limiting binding: counts at each location alone, best effort. */
export interface FloodGate {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** The period of both bindings in `wrangler.toml`: `Retry-After` of a flooded address. */
export const floodSeconds = 60;

/**
 * Whether the address has asked more often than the binding allows. A binding that is missing or
 * fails lets pass: what is exact stands behind it.
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
