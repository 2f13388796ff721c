import type { RuleMode } from "../contract/words.ts";

/**
 * What is known about the caller's captcha. `off`: no captcha is configured. `unavailable`: Turnstile could
 * not judge the caller's token. A caller with a service key counts as `passed`.
 */
export type CaptchaState = "passed" | "missing" | "off" | "unavailable";

/** What happens to a send. `challenge` asks the caller for a captcha. */
export type Verdict = "pass" | "challenge" | "refuse";

/**
 * What the operator's lever does to a country, a prefix or the failed checks. It overrides the
 * rule.
 */
export type LeverMode = "let_pass" | "hold_up";

/** The operator's lever: lets all sends pass or holds them up until a time, or resets the counts. */
export type Lever =
  | { readonly set: LeverMode; readonly untilMs: number }
  | { readonly set: "reset" };

/**
 * Returns the verdict of a matching rule. If no captcha is configured, `challenge` only records, and a lever
 * that holds sends up refuses.
 */
export function verdictOf(as: RuleMode | LeverMode, captcha: CaptchaState): Verdict {
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

/** Returns the strictest of several verdicts. */
export function strongest(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("refuse")) return "refuse";
  return verdicts.includes("challenge") ? "challenge" : "pass";
}
