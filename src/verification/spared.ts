import type { RuleName, Rules } from "../config/guard.ts";
import { strongest, verdictOf, type CaptchaState, type Verdict } from "../guard/rule-mode.ts";

/** Rules that ask nothing of whoever is known: they are about who asks, not about the number. */
const aboutTheCaller: readonly RuleName[] = ["failed_checks", "address_countries"];

/**
 * Of the rules that let a caller with a device token pass, what they say to a stranger. It counts
 * where the ledger does not believe the token, or its sparing is used up.
 */
export function sparedVerdict(
  spoke: readonly RuleName[],
  rules: Rules,
  captcha: CaptchaState,
): Verdict {
  const spared = spoke.filter((rule) => aboutTheCaller.includes(rule));
  return strongest(spared.map((rule) => verdictOf(rules[rule], captcha)));
}
