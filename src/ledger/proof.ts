import type { Ledger, Step } from "./state.ts";
import { findVerification } from "./view.ts";

export type ProofConsumption =
  | { readonly kind: "consumed" }
  | { readonly kind: "proof_used" }
  /** There is no such verification, or it has given no proof. */
  | { readonly kind: "no_proof" };

/** Uses up a proof. `by` is an idempotency key, so that a retried consumption succeeds again. */
export function consumeProof(
  ledger: Ledger,
  { id, by }: { readonly id: string; readonly by: string },
): Step<ProofConsumption> {
  const next = structuredClone(ledger);
  const verification = findVerification(next, id);
  const { purpose } = verification ?? {};
  const gaveProof =
    verification?.ended?.status === "approved" &&
    (purpose === "two_factor" || purpose === "transaction");
  if (verification === undefined || !gaveProof) return { outcome: { kind: "no_proof" }, next };
  verification.proofUsedBy ??= by;
  const isOurs = verification.proofUsedBy === by;
  return { outcome: { kind: isOurs ? "consumed" : "proof_used" }, next };
}
