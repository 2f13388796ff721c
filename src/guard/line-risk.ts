import type { RuleMode } from "../config/guard-rules.ts";
import { reachesLandline, type Channel } from "../contract/channels.ts";
import type { Line } from "../twilio/lookup.ts";
import { strongest, verdictOf, type CaptchaState, type Verdict } from "./rule-mode.ts";

export interface LinePolicy {
  /** VoIP numbers come by the thousand. @default "challenge" */
  readonly voip: RuleMode;
  /** A pumping score of this and more, or a number that Fraud Guard blocks. @default "challenge" */
  readonly pumping: RuleMode;
  /** 0 to 100. @default 75 */
  readonly pumpingScore: number;
}

export type LineReason = "landline" | "voip" | "special" | "pumping";

export interface LineOutcome {
  readonly verdict: Verdict;
  /** The rules that matched, whatever came of it. */
  readonly reasons: readonly LineReason[];
}

/**
 * What the line itself says against a send. A landline takes no text: that is no suspicion, so no
 * captcha helps, and a call does. What Twilio does not know says nothing.
 */
export function assessLine(
  line: Line,
  send: { readonly channel: Channel; readonly captcha: CaptchaState },
  policy: LinePolicy,
): LineOutcome {
  const matched: [LineReason, RuleMode][] = [];
  if (line.type === "landline" && !reachesLandline(send.channel))
    matched.push(["landline", "refuse"]);
  if (line.type === "special") matched.push(["special", "refuse"]);
  if (line.type === "fixed_voip" || line.type === "non_fixed_voip")
    matched.push(["voip", policy.voip]);
  if (line.isBlocked || (line.pumpingScore ?? 0) >= policy.pumpingScore)
    matched.push(["pumping", policy.pumping]);
  const active = matched.filter(([, mode]) => mode !== "off");
  const verdicts = active.map(([, mode]) => verdictOf(mode, send.captcha));
  return { verdict: strongest(verdicts), reasons: active.map(([reason]) => reason) };
}
