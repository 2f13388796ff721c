import type { StoreUnavailable } from "../lib/store.ts";
import type { VerificationDeps } from "./deps.ts";
import { openNumber } from "../handles/sealed.ts";
import { openHandle } from "../handles/verification-id.ts";

/** Ends a verification; again is no mistake, and neither is one that is over. */
export async function cancelVerification(
  deps: VerificationDeps,
  id: string,
): Promise<{ readonly kind: "canceled" } | { readonly kind: "not_found" } | StoreUnavailable> {
  const handle = await openHandle(id, deps.config.peppers);
  if (handle === undefined) return { kind: "not_found" };
  deps.runtime.trace.about({ country: handle.ledger.country });
  const ledger = deps.ledgerAt(handle.ledger);
  const outcome = await ledger.cancel(handle.nonce);
  if (outcome.kind !== "canceled") return outcome;
  deps.runtime.log("verification.canceled", {});
  const { atTwilio, sealedNumber } = outcome;
  if (atTwilio !== undefined) {
    const to = await openNumber(deps, sealedNumber, handle.nonce);
    // The handle is dead already: Twilio's own end may follow the answer. Until it is confirmed, the
    // next start cancels first.
    const work = deps.verify
      .cancel({ ...atTwilio, to })
      .then((isDone) => (isDone ? ledger.confirmCanceled(atTwilio) : undefined));
    deps.runtime.background("provider.error", work);
  }
  return { kind: "canceled" };
}
