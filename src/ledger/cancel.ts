import { endOverdueLeases } from "./overdue-leases.ts";
import type { Ledger, Step } from "./state.ts";
import { endVerification, findVerification } from "./view.ts";

/**
 * Ends one verification at once, whatever is in flight. The next conversation cancels a code at
 * Twilio that no verification holds. Idempotent. False when the id is unknown.
 */
export function cancelVerification(ledger: Ledger, id: string, nowMs: number): Step<boolean> {
  const next = endOverdueLeases(ledger, nowMs);
  const verification = findVerification(next, id);
  if (verification === undefined) return { outcome: false, next };
  endVerification(verification, "canceled", nowMs);
  return { outcome: true, next };
}
