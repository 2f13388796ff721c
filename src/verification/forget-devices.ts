import type { StoreUnavailable } from "../lib/store.ts";
import type { VerificationDeps } from "./deps.ts";
import type { LedgerAddress } from "../ledger/address.ts";

/**
 * Makes the ledgers refuse all device tokens issued before.
 *
 * @param revocation an idempotency key, so that a retry revokes once.
 */
export async function forgetDevices(
  deps: Pick<VerificationDeps, "ledgerAt">,
  ledgers: readonly LedgerAddress[],
  revocation: string,
): Promise<{ readonly kind: "forgotten" } | StoreUnavailable> {
  const outcomes = await Promise.all(
    ledgers.map((address) => deps.ledgerAt(address).call("revokeDevices", revocation)),
  );
  return outcomes.find((outcome) => outcome !== undefined) ?? { kind: "forgotten" };
}
