import {
  isSupportedCountry,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
  type PhoneNumber,
} from "libphonenumber-js/max";
import { invalidParameter, twilioError, type Answer } from "../answer.ts";
import type { Call } from "../api.ts";
import { applyEffect, withEffect } from "../failure-numbers.ts";
import { ORDINARY_LINE, type LineFacts } from "./line.ts";

const PACKAGES = [
  "caller_name",
  "sim_swap",
  "call_forwarding",
  "line_status",
  "line_type_intelligence",
  "identity_match",
  "reassigned_number",
  "sms_pumping_risk",
  "phone_number_quality_score",
  "pre_fill",
];

/** Line types by the numbering plans. The plans do not distinguish the type of most numbers. */
const TYPES: Readonly<Record<string, string>> = {
  FIXED_LINE: "landline",
  VOIP: "nonFixedVoip",
  TOLL_FREE: "tollFree",
  PREMIUM_RATE: "premium",
  SHARED_COST: "sharedCost",
  PERSONAL_NUMBER: "personal",
  UAN: "uan",
  PAGER: "pager",
  VOICEMAIL: "voicemail",
};

/**
 * Answers `GET /v2/PhoneNumbers/{n}`, with 200 also for an invalid number. The twin supports two
 * packages. The others are null, as for an account without access to them.
 */
export function lookUp(call: Call): Answer {
  const given = call.param("number");
  const fields = (call.query("Fields") ?? "").split(",").filter(Boolean);
  // Twilio's real error for unknown fields is not known.
  if (fields.some((field) => field !== "validation" && !PACKAGES.includes(field)))
    return invalidParameter("Fields");
  // A national number is read as North American unless the call names a country.
  const country = call.query("CountryCode") ?? "US";
  const defaultCountry = isSupportedCountry(country) ? country : "US";
  const parsed = parsePhoneNumberFromString(given, { defaultCountry });
  const number = parsed?.number ?? given;
  const effect = applyEffect(call, number, "lookup");
  if (effect?.kind === "refused") return twilioError(effect.code);
  const isValid = parsed?.isValid() ?? false;
  const line = effect?.kind === "line" ? effect.line : lineOf(parsed);
  const packages = PACKAGES.map((name) => [
    name,
    isValid && fields.includes(name) ? packageOf(name, line) : null,
  ]);
  const body = {
    calling_country_code: isValid ? (parsed?.countryCallingCode ?? null) : null,
    country_code: isValid ? (parsed?.country ?? null) : null,
    phone_number: number,
    national_format: isValid ? (parsed?.formatNational() ?? null) : null,
    valid: isValid,
    validation_errors: isValid ? [] : [validationError(given)],
    ...Object.fromEntries(packages),
    url: `https://lookups.twilio.com/v2/PhoneNumbers/${number}`,
  };
  return withEffect({ status: 200, body }, effect);
}

function lineOf(parsed: PhoneNumber | undefined): LineFacts {
  const type = TYPES[parsed?.getType() ?? ""] ?? ORDINARY_LINE.type;
  return { ...ORDINARY_LINE, type };
}

function packageOf(name: string, line: LineFacts): object | null {
  const { type, score, isBlocked, errorCode } = line;
  const isMobile = type === "mobile";
  if (name === "line_type_intelligence")
    return {
      error_code: errorCode,
      mobile_country_code: isMobile ? "001" : null,
      mobile_network_code: isMobile ? "01" : null,
      carrier_name: type === null ? null : "Twin Mobile",
      type,
    };
  if (name === "sms_pumping_risk")
    return {
      carrier_risk_category: score === null ? null : riskOf(score),
      number_blocked: isBlocked,
      number_blocked_date: null,
      number_blocked_last_3_months: isBlocked,
      sms_pumping_risk_score: score,
      error_code: errorCode,
    };
  return null;
}

function riskOf(score: number): string {
  if (score < 60) return "low";
  return score < 75 ? "moderate" : "high";
}

function validationError(given: string): string {
  const reason = validatePhoneNumberLength(given, "US");
  return reason ?? "INVALID_BUT_POSSIBLE";
}
