import { endOverdueLeases } from "./overdue-leases.ts";
import type { Ledger, Step } from "./state.ts";
import { endVerification, findVerification } from "./view.ts";

/**
 * Ends one verification at once, even if a send or check is in flight. The next conversation cancels the
 * code at Twilio if no verification uses it. Idempotent. The outcome is false for an unknown id.
 */
export function cancelVerification(ledger: Ledger, id: string, nowMs: number): Step<boolean> {
  const next = endOverdueLeases(ledger, nowMs);
  const verification = findVerification(next, id);
  if (verification === undefined) return { outcome: false, next };
  endVerification(verification, "canceled", nowMs);
  return { outcome: true, next };
}
