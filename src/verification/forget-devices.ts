import type { StoreUnavailable } from "../lib/store.ts";
import type { VerificationDeps } from "./deps.ts";
import type { LedgerAddress } from "../ledger/address.ts";

/** No device token of before is believed any more at these numbers. `revocation` names it once. */
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
