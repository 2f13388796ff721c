import { reachesLandline, type Channel } from "../contract/channels.ts";
import type { LineReason } from "../guard/line-risk.ts";
import type { CaptchaState, Verdict } from "../guard/rule-mode.ts";
import type { VerificationDeps } from "./deps.ts";
import type { PhoneLine } from "../twilio/lookup.ts";
import type { NumberLedger } from "../ledger/number-ledger.ts";
import type { PhoneNumber } from "../phone/number.ts";
import type { Deadline } from "../twilio/deadline.ts";
import type { SendRefusal } from "./outcomes.ts";

interface LineVerdict {
  readonly verdict: Verdict;
  readonly rules: readonly string[];
  readonly refusal?: SendRefusal;
}

/** The verdict for a line that is not looked up, or that Twilio does not know. */
export const unknownLineVerdict: LineVerdict = { verdict: "pass", rules: [] };

/**
 * Judges the number's line, if Twilio Lookup is on. Lookup is called once for a number, and the ledger
 * stores the answer. A number that was verified before is judged like any other number.
 *
 * @param known the line that the ledger has stored.
 */
export async function judgeLine(
  deps: Pick<VerificationDeps, "lookup" | "dispatch" | "runtime">,
  ledger: NumberLedger,
  send: { readonly number: PhoneNumber; readonly channel: Channel; readonly captcha: CaptchaState },
  known: PhoneLine | undefined,
  deadline: Deadline,
): Promise<LineVerdict> {
  const answer = await deps.lookup.find(send.number.e164, known, deadline);
  if (answer.kind === "unknown") return unknownLineVerdict;
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
  // A refused risk gets the same answer as a number at its limit.
  return { kind: "number_refused", retryAfterMs: dayMs, by: "line:pumping" };
}

const dayMs = 24 * 60 * 60 * 1000;
