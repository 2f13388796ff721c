import type { RuleMode } from "../contract/words.ts";
import { reachesLandline, type Channel } from "../contract/channels.ts";
import { ruleNames, type Rules, type RulesJudgedBy } from "../config/guard.ts";
import type { PhoneLine } from "../twilio/lookup.ts";
import { strongest, verdictOf, type CaptchaState, type Verdict } from "./rule-mode.ts";
import { exemptionsOf, type Standing } from "./standing.ts";

type LineRule = RulesJudgedBy<"line">;

export interface LinePolicy extends Pick<Rules, LineRule> {
  /** From 0 to 100. A number with this score or more matches. @default 75 */
  readonly pumpingScore: number;
}

/** Whether each rule matches the line. */
const matches: Readonly<Record<LineRule, (line: PhoneLine, policy: LinePolicy) => boolean>> = {
  /** An attacker can easily get thousands of VoIP numbers. */
  voip: ({ type }) => type === "fixed_voip" || type === "non_fixed_voip",
  /** A high pumping score, or a number that Twilio's Fraud Guard blocks. */
  pumping: ({ isBlocked, pumpingScore }, policy) =>
    isBlocked || (pumpingScore ?? 0) >= policy.pumpingScore,
};
const lineRules = ruleNames.filter((rule): rule is LineRule => Object.hasOwn(matches, rule));

export type LineReason = "landline" | "special" | LineRule;

/** Returns whether any rule judges the lines of such callers. Otherwise Twilio Lookup is not called. */
export const isLineJudged = (standing: Standing): boolean =>
  lineRules.some((rule) => exemptionsOf(standing).rules[rule] !== "exempt");

export interface LineOutcome {
  readonly verdict: Verdict;
  /** The rules that matched, also if the send passed. */
  readonly reasons: readonly LineReason[];
}

/**
 * Judges a send by the number's line. A landline receives no texts, so a text is refused and a captcha would
 * not help. Facts that Twilio does not know match no rule.
 */
export function assessLine(
  line: PhoneLine,
  send: { readonly channel: Channel; readonly captcha: CaptchaState },
  policy: LinePolicy,
): LineOutcome {
  const matched: [LineReason, RuleMode][] = [];
  if (line.type === "landline" && !reachesLandline(send.channel))
    matched.push(["landline", "refuse"]);
  if (line.type === "special") matched.push(["special", "refuse"]);
  for (const rule of lineRules) if (matches[rule](line, policy)) matched.push([rule, policy[rule]]);
  const active = matched.filter(([, mode]) => mode !== "off");
  const verdicts = active.map(([, mode]) => verdictOf(mode, send.captcha));
  return { verdict: strongest(verdicts), reasons: active.map(([reason]) => reason) };
}
