import * as v from "valibot";
import type { TwilioAnswer, TwilioFailure, TwilioRequest } from "./client.ts";

/**
 * Source of the path, the parameters and the answer: Twilio's OpenAPI document of Lookup v2; of the
 * line types: its page "Line Type Intelligence".
 */
export type PhoneLineType =
  | "mobile"
  | "landline"
  | "fixed_voip"
  | "non_fixed_voip"
  /** Toll-free, premium, shared-cost, personal, UAN, pager or voicemail: not a person's phone. */
  | "special"
  | "unknown";

export interface PhoneLine {
  readonly type: PhoneLineType;
  /** Risk of SMS pumping, from 0 (low) to 100 (high), or undefined if Twilio does not know it. */
  readonly pumpingScore: number | undefined;
  /** Verify's Fraud Guard currently blocks the number. */
  readonly isBlocked: boolean;
}

const types = new Map<string, PhoneLineType>([
  ["mobile", "mobile"],
  ["landline", "landline"],
  ["fixedVoip", "fixed_voip"],
  ["nonFixedVoip", "non_fixed_voip"],
  ...["tollFree", "premium", "sharedCost", "personal", "uan", "pager", "voicemail"].map(
    (name): [string, PhoneLineType] => [name, "special"],
  ),
]);

/** Asks for the line type and the pumping risk. Twilio charges for each of them per request. */
export function lookupRequest(e164: string): TwilioRequest {
  const path = `/v2/PhoneNumbers/${encodeURIComponent(e164)}`;
  const query = "Fields=line_type_intelligence,sms_pumping_risk";
  return { product: "lookups", method: "GET", path: `${path}?${query}` };
}

const unknownText = v.fallback(v.nullish(v.string()), undefined);
const lookupBody = v.object({
  phone_number: v.string(),
  valid: v.boolean(),
  // A package that Twilio cannot provide is null, or consists of an `error_code` and nulls.
  line_type_intelligence: v.nullish(v.object({ type: unknownText })),
  sms_pumping_risk: v.nullish(
    v.object({
      sms_pumping_risk_score: v.fallback(
        v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
        undefined,
      ),
      number_blocked: v.fallback(v.nullish(v.boolean()), undefined),
    }),
  ),
});

/** Reads the line from Twilio's answer. Twilio answers 200 for an invalid number as well. */
export function readLookup(
  answer: TwilioAnswer,
  e164: string,
): { kind: "line"; line: PhoneLine } | { kind: "invalid_number" } | TwilioFailure {
  if (answer.kind !== "answer") return answer;
  const { success, output } = v.safeParse(lookupBody, answer.body);
  if (!success || output.phone_number !== e164) return { kind: "bad_response" };
  if (!output.valid) return { kind: "invalid_number" };
  const { line_type_intelligence: line, sms_pumping_risk: risk } = output;
  return {
    kind: "line",
    line: {
      type: types.get(line?.type ?? "") ?? "unknown",
      pumpingScore: risk?.sms_pumping_risk_score ?? undefined,
      isBlocked: risk?.number_blocked ?? false,
    },
  };
}
