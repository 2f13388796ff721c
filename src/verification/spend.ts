import type { BudgetOutcome, SpendRequest } from "../guard/budget.ts";
import { prefixKey } from "../guard/prefix-key.ts";
import { verdictOf } from "../guard/rule-mode.ts";
import { sealText } from "../lib/seal.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { VerificationDeps } from "./deps.ts";
import type { Reputation } from "../ledger/reputation.ts";

/** The range of a number as the breaker knows it: a name, and sealed for the operator's eyes. */
export async function sealedPrefix(
  { config }: Pick<VerificationDeps, "config">,
  prefix: string,
): Promise<{ readonly key: string; readonly sealed: string }> {
  const [key, sealed] = await Promise.all([
    prefixKey(prefix, config.subjectKey),
    sealText(config.peppers, "conversion-prefix", prefix),
  ]);
  return { key, sealed };
}

/**
 * A full prefix or country has held the send up, and the ledger knows that the number was verified
 * before: such a number is never stopped by them. One hop more, in this case alone. Failed checks
 * are another matter: verified numbers are what is guessed for.
 */
export async function unlessVerified(
  { config, budget }: Pick<VerificationDeps, "config" | "budget">,
  send: SpendRequest,
  reserved: { readonly kind: string; readonly reputation?: Reputation },
  outcome: BudgetOutcome | StoreUnavailable,
): Promise<BudgetOutcome | StoreUnavailable> {
  const isTrusted = reserved.reputation?.isVerified === true;
  if (outcome.kind !== "held_up" || !isTrusted) return outcome;
  const { failed_checks: mode } = config.guard.rules;
  const isAsked = !send.isKnown && verdictOf(mode, send.captcha) !== "pass";
  if (isAsked && outcome.rules.includes("failed_checks")) return outcome;
  return budget.reserve({ ...send, trusted: true });
}
