import type { RuleMode } from "../config/guard-rules.ts";

/**
 * `off`: there is no captcha to ask for. `unavailable`: there is one, and Turnstile could not be
 * asked of it. A service key stands for a captcha that was passed.
 */
export type CaptchaState = "passed" | "missing" | "off" | "unavailable";

export type Verdict = "pass" | "challenge" | "refuse";

/** What a rule that has spoken comes to. Without a captcha to ask for, `challenge` only records. */
export function verdictOf(mode: RuleMode, captcha: CaptchaState): Verdict {
  switch (mode) {
    case "off":
    case "record":
      return "pass";
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
