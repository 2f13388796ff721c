import type { VerificationDeps } from "./deps.ts";
import type { ReadOutcome } from "./outcomes.ts";
import { verificationLogFields, openHandle } from "../handles/verification-id.ts";
import { verificationView } from "./views.ts";

/** Returns a verification. It can be read until a day after its end. */
export async function readVerification(deps: VerificationDeps, id: string): Promise<ReadOutcome> {
  const handle = await openHandle(id, deps.config.peppers);
  if (handle === undefined) return { kind: "not_found" };
  deps.runtime.trace.about(await verificationLogFields(handle));
  const view = await deps.ledgerAt(handle.ledger).call("read", handle.nonce);
  if (view === undefined) return { kind: "not_found" };
  if ("kind" in view) return view;
  const verification = verificationView(id, view, deps.dispatch.channels, deps.runtime.now());
  return { kind: "found", verification };
}
