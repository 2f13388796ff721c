import type { RuleMode } from "../config/guard-rules.ts";
import type { Line } from "../twilio/lookup.ts";
import { strongest, verdictOf, type CaptchaState, type Verdict } from "./rule-mode.ts";

export interface LinePolicy {
  /** VoIP numbers come by the thousand. @default "challenge" */
  readonly fixedVoip: RuleMode;
  readonly nonFixedVoip: RuleMode;
  /** A pumping score of this and more, or a number that Fraud Guard blocks. @default "challenge" */
  readonly pumping: RuleMode;
  /** 0 to 100. @default 75 */
  readonly pumpingScore: number;
}

export type LineReason = "landline" | "voip" | "special" | "pumping_risk";

export interface LineOutcome {
  readonly verdict: Verdict;
  /** The rules that spoke, whatever came of it. */
  readonly reasons: readonly LineReason[];
}

/**
 * What the line itself says against a send. A landline takes no text: that is no suspicion, so no
 * captcha helps, and a call does. What Twilio does not know says nothing.
 */
export function judgeLine(
  line: Line,
  send: { readonly channel: string; readonly captcha: CaptchaState },
  policy: LinePolicy,
): LineOutcome {
  const isText = send.channel !== "call";
  const spoke: [LineReason, RuleMode][] = [];
  if (line.type === "landline" && isText) spoke.push(["landline", "refuse"]);
  if (line.type === "special") spoke.push(["special", "refuse"]);
  if (line.type === "fixed_voip") spoke.push(["voip", policy.fixedVoip]);
  if (line.type === "non_fixed_voip") spoke.push(["voip", policy.nonFixedVoip]);
  if (line.isBlocked || (line.pumpingScore ?? 0) >= policy.pumpingScore)
    spoke.push(["pumping_risk", policy.pumping]);
  const heard = spoke.filter(([, mode]) => mode !== "off");
  const verdicts = heard.map(([, mode]) => verdictOf(mode, send.captcha));
  return { verdict: strongest(verdicts), reasons: heard.map(([reason]) => reason) };
}
