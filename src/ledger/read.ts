import { endOverdueLeases } from "./overdue-leases.ts";
import type { Ledger, Step } from "./state.ts";
import { findVerification, viewOf, type LedgerView } from "./view.ts";

/** Returns the view of a verification, or undefined for an unknown id. */
export function readVerification(
  ledger: Ledger,
  id: string,
  nowMs: number,
): Step<LedgerView | undefined> {
  const next = endOverdueLeases(ledger, nowMs);
  const verification = findVerification(next, id);
  return { outcome: verification && viewOf(next, verification, nowMs), next };
}
