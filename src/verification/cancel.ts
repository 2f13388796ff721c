import type { StoreUnavailable } from "../lib/store.ts";
import { verificationLogFields, openHandle } from "../handles/verification-id.ts";
import type { VerificationDeps } from "./deps.ts";

/**
 * Ends a verification at once. Idempotent: an ended verification stays as it is. Twilio is not called.
 * The next conversation cancels the code if no verification uses it any more.
 */
export async function cancelVerification(
  deps: Pick<VerificationDeps, "config" | "runtime" | "ledgerAt">,
  id: string,
): Promise<{ readonly kind: "canceled" } | { readonly kind: "not_found" } | StoreUnavailable> {
  const handle = await openHandle(id, deps.config.peppers);
  if (handle === undefined) return { kind: "not_found" };
  deps.runtime.trace.about(await verificationLogFields(handle));
  const isKnown = await deps.ledgerAt(handle.ledger).call("cancel", handle.nonce);
  if (typeof isKnown !== "boolean") return isKnown;
  if (!isKnown) return { kind: "not_found" };
  deps.runtime.log("verification.canceled", {});
  return { kind: "canceled" };
}
