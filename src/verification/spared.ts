import type { RuleName, Rules } from "../config/guard.ts";
import { strongest, verdictOf, type CaptchaState, type Verdict } from "../guard/rule-mode.ts";

/** Rules that ask nothing of whoever is known: they are about who asks, not about the number. */
const aboutTheCaller: readonly RuleName[] = ["failed_checks", "address_countries"];

/**
 * What a device token has spared its holder, should the ledger say that it is signed out: whether it
 * is, nobody knows before. Of the rules that spoke and let it pass, what they say to a stranger.
 */
export function sparedVerdict(
  spoke: readonly RuleName[],
  rules: Rules,
  captcha: CaptchaState,
): Verdict {
  const spared = spoke.filter((rule) => aboutTheCaller.includes(rule));
  return strongest(spared.map((rule) => verdictOf(rules[rule], captcha)));
}
