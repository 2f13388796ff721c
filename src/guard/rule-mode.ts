import type { RuleMode } from "../contract/words.ts";

/**
 * `off`: there is no captcha to ask for. `unavailable`: there is one, and Turnstile could not be
 * asked of it. A service key stands for a captcha that was passed.
 */
export type CaptchaState = "passed" | "missing" | "off" | "unavailable";

export type Verdict = "pass" | "challenge" | "refuse";

/** What the operator says of a country, a prefix or the failed checks; it goes before the rule. */
export type OperatorsWord = "let_pass" | "hold_up";

/** What the operator may do for a while: let all pass, hold all up, or forget what was counted. */
export type Lever =
  | { readonly set: OperatorsWord; readonly untilMs: number }
  | { readonly set: "reset" };

/**
 * What a rule that has spoken comes to. Without a captcha to ask for, `challenge` only records. The
 * operator's word that everybody is asked refuses then.
 */
export function verdictOf(as: RuleMode | OperatorsWord, captcha: CaptchaState): Verdict {
  switch (as) {
    case "off":
    case "record":
    case "let_pass":
      return "pass";
    case "hold_up":
      return captcha === "off" ? "refuse" : verdictOf("challenge", captcha);
    case "challenge":
      return captcha === "missing" ? "challenge" : "pass";
    case "refuse":
      return "refuse";
  }
}

/** Several rules at once: refusing is more than asking, asking more than passing. */
export function strongest(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("refuse")) return "refuse";
  return verdicts.includes("challenge") ? "challenge" : "pass";
}
