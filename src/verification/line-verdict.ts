import { reachesLandline, type Channel } from "../contract/channels.ts";
import type { LineReason } from "../guard/line-risk.ts";
import type { CaptchaState, Verdict } from "../guard/rule-mode.ts";
import type { VerificationDeps } from "./deps.ts";
import type { Line } from "../twilio/lookup.ts";
import type { NumberLedger } from "../ledger/number-ledger.ts";
import type { PhoneNumber } from "../phone/number.ts";
import type { Deadline } from "../twilio/deadline.ts";
import type { SendRefusal } from "./outcomes.ts";

interface LineVerdict {
  readonly verdict: Verdict;
  readonly rules: readonly string[];
  readonly refusal?: SendRefusal;
}

/** Of a line that is not asked about, or that Twilio does not know. */
export const nothingKnown: LineVerdict = { verdict: "pass", rules: [] };

/**
 * What Twilio Lookup has against the line, where it is on: asked once for a number, one call more,
 * and remembered (`known`). A number that was verified before is judged like any other.
 */
export async function judgeLine(
  deps: Pick<VerificationDeps, "lookup" | "dispatch" | "runtime">,
  ledger: NumberLedger,
  send: { readonly number: PhoneNumber; readonly channel: Channel; readonly captcha: CaptchaState },
  known: Line | undefined,
  deadline: Deadline,
): Promise<LineVerdict> {
  const answer = await deps.lookup.find(send.number.e164, known, deadline);
  if (answer.kind === "unknown") return nothingKnown;
  if (answer.kind === "invalid_number")
    return {
      verdict: "refuse",
      rules: ["line:invalid"],
      refusal: { kind: "invalid_phone_number" },
    };
  const { line, isNew } = answer;
  if (isNew) deps.runtime.background("store.failed", ledger.call("rememberPhoneLine", line));
  const { verdict, reasons } = deps.lookup.judge(line, send);
  const rules = reasons.map((reason) => `line:${reason}`);
  if (verdict === "pass") return { verdict, rules };
  if (verdict === "challenge") return { verdict, rules, refusal: { kind: "captcha_required" } };
  return { verdict, rules, refusal: refusalFor(reasons, deps.dispatch.channels) };
}

function refusalFor(reasons: readonly LineReason[], channels: readonly Channel[]): SendRefusal {
  if (reasons.includes("special") || reasons.includes("voip"))
    return { kind: "unsupported_number_type" };
  if (reasons.includes("landline"))
    return {
      kind: "channel_unavailable",
      suggestedChannels: channels.filter(reachesLandline),
    };
  // A risk that is refused is answered as a full number is.
  return { kind: "number_refused", retryAfterMs: dayMs, by: "line:pumping" };
}

const dayMs = 24 * 60 * 60 * 1000;
