import { ledgerAddress } from "../ledger/address.ts";
import { serviceCaller } from "../ledger/caller-reference.ts";
import type { LocksResetOutcome } from "../ledger/reset-locks.ts";
import type { CallerClass } from "../contract/words.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import { maskPhoneNumber } from "../phone/number.ts";
import type { Trouble } from "../sending/engine.ts";
import type { VerificationDeps } from "./deps.ts";
import { readNumber } from "./read-number.ts";

/** The locks to end: those of a client (of all its subjects, or of one), or those of a caller class. */
export type LocksOf =
  | { readonly clientId: string; readonly subject: string | undefined }
  | { readonly class: CallerClass };

/**
 * Ends locks of a number. The outcome does not depend on the number, so that a client learns
 * nothing.
 */
export async function resetLocks(
  { config, runtime, ledgerAt }: Pick<VerificationDeps, "config" | "runtime" | "ledgerAt">,
  to: string,
  of: LocksOf,
): Promise<LocksResetOutcome | Trouble | StoreUnavailable> {
  const parsed = readNumber({ to }, config, runtime.now());
  if (parsed.kind !== "ok") return parsed;
  const { number } = parsed;
  runtime.trace.about({ to: maskPhoneNumber(number.e164), country: number.country });
  const { subjectKey } = config;
  const caller =
    "class" in of ? of.class : await serviceCaller(of.clientId, of.subject, subjectKey);
  return ledgerAt(await ledgerAddress(number, subjectKey)).call("resetLocks", caller);
}
