import type { Ledger, Step } from "./state.ts";
import { findVerification } from "./view.ts";

export type ProofConsumption =
  | { readonly kind: "consumed" }
  | { readonly kind: "proof_used" }
  /** No verification of that name, or none that could have given a proof. */
  | { readonly kind: "no_proof" };

/** A proof is good once. `by` names the consumption: said twice it is one. */
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
