import { randomNonce } from "../lib/random-nonce.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { VerificationDeps } from "./deps.ts";
import type { ProofConsumption } from "../ledger/proof.ts";
import { openProofId } from "../handles/verification-id.ts";

/** Uses up the proof of an approved verification. `jti` is an id from `sealProofId`. */
export async function consumeProof(
  deps: Pick<VerificationDeps, "config" | "ledgerAt">,
  jti: string,
): Promise<ProofConsumption | StoreUnavailable> {
  const handle = await openProofId(jti, deps.config.peppers);
  if (handle === undefined) return { kind: "no_proof" };
  const consumption = { id: handle.nonce, by: randomNonce() };
  return deps.ledgerAt(handle.ledger).call("consumeProof", consumption);
}
