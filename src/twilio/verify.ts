import * as v from "valibot";
import type { Channel } from "../contract/channels.ts";
import type { TwilioAnswer, TwilioFailure, TwilioRequest } from "./client.ts";
import { verifyLocale } from "./verify-locale.ts";

/** Source of the paths, parameters and answers: Twilio's OpenAPI document of Verify v2. */
export interface TwilioVerification {
  readonly sid: string;
  readonly status: string;
  readonly createdAtMs: number;
}

/** What the request asked about. An answer about something else is a bad response. */
export interface AskedAbout {
  readonly serviceSid: string;
  readonly to: string;
  readonly sid?: string;
}

/** What the code of a PSD2 service confirms. Send and check must have the same values. */
interface Psd2 {
  readonly payee: string;
  readonly amount: string;
}

function psd2Form(confirmed: Psd2 | undefined): Record<string, string> {
  return confirmed === undefined ? {} : { Amount: confirmed.amount, Payee: confirmed.payee };
}

/** Returns the request that sends a code, or sends it again. */
export function createVerificationRequest(
  serviceSid: string,
  verification: {
    to: string;
    channel: Channel;
    locale?: string | undefined;
    confirmed?: Psd2 | undefined;
  },
): TwilioRequest {
  const { to, channel, confirmed } = verification;
  const locale = verification.locale === undefined ? undefined : verifyLocale(verification.locale);
  return {
    product: "verify",
    method: "POST",
    path: `/v2/Services/${serviceSid}/Verifications`,
    form: {
      To: to,
      Channel: channel,
      ...(locale !== undefined && { Locale: locale }),
      ...psd2Form(confirmed),
    },
  };
}

/**
 * Returns the request that cancels a verification.
 *
 * @param name the sid. Only if the sid is unknown, the number in E.164: URLs may be logged on the way.
 */
export function cancelVerificationRequest(serviceSid: string, name: string): TwilioRequest {
  const path = `/v2/Services/${serviceSid}/Verifications/${encodeURIComponent(name)}`;
  return { product: "verify", method: "POST", path, form: { Status: "canceled" } };
}

/** Returns the request that checks a code, by the sid if it is known, else by the number. */
export function checkVerificationRequest(
  serviceSid: string,
  check: { to: string; sid?: string; code: string; confirmed?: Psd2 | undefined },
): TwilioRequest {
  return {
    product: "verify",
    method: "POST",
    path: `/v2/Services/${serviceSid}/VerificationCheck`,
    form: {
      ...(check.sid === undefined ? { To: check.to } : { VerificationSid: check.sid }),
      Code: check.code,
      ...psd2Form(check.confirmed),
    },
  };
}

const verificationBody = v.object({
  sid: v.pipe(v.string(), v.regex(/^VE[0-9a-f]{32}$/)),
  service_sid: v.string(),
  to: v.string(),
  status: v.string(),
  date_created: v.string(),
});

/** Fixed by Twilio. */
export const verificationLifetimeMs = 10 * 60 * 1000;
/** The largest accepted difference between Twilio's clock and ours. */
export const clockSkewMs = 60_000;

/**
 * Returns whether the creation time is plausible: not in the future, and not older than the
 * lifetime.
 */
export function canBeLive({ createdAtMs }: TwilioVerification, nowMs: number): boolean {
  return createdAtMs <= nowMs + clockSkewMs && nowMs < createdAtMs + verificationLifetimeMs;
}

/** Reads the Verification in Twilio's answer to create, fetch and update. */
export function readVerification(
  answer: TwilioAnswer,
  asked: AskedAbout,
): { kind: "verification"; verification: TwilioVerification } | TwilioFailure {
  if (answer.kind !== "answer") return answer;
  const { success, output } = v.safeParse(verificationBody, answer.body);
  if (!success || !isAbout(output, asked)) return { kind: "bad_response" };
  const createdAtMs = Date.parse(output.date_created);
  if (Number.isNaN(createdAtMs)) return { kind: "bad_response" };
  return {
    kind: "verification",
    verification: { sid: output.sid, status: output.status, createdAtMs },
  };
}

const checkBody = v.object({
  sid: v.string(),
  service_sid: v.string(),
  to: v.string(),
  status: v.string(),
  valid: v.boolean(),
});

/**
 * Reads the outcome of a check from `status`. If `valid` contradicts it, the answer is a bad
 * response.
 */
export function readVerificationCheck(
  answer: TwilioAnswer,
  asked: AskedAbout,
):
  | { kind: "approved" | "wrong_code" | "last_wrong_code" | "canceled" | "expired" }
  | TwilioFailure {
  if (answer.kind !== "answer") return answer;
  const { success, output } = v.safeParse(checkBody, answer.body);
  if (!success || !isAbout(output, asked)) return { kind: "bad_response" };
  if (output.valid !== (output.status === "approved")) return { kind: "bad_response" };
  switch (output.status) {
    case "approved":
      return { kind: "approved" };
    case "pending":
      return { kind: "wrong_code" };
    // Twilio did check this code. It would answer 429 (60202) to the next check.
    case "max_attempts_reached":
      return { kind: "last_wrong_code" };
    // Twilio ended a failed verification early, without an action of the user.
    case "canceled":
    case "failed":
      return { kind: "canceled" };
    case "deleted":
    case "expired":
      return { kind: "expired" };
    default:
      return { kind: "bad_response" };
  }
}

function isAbout(
  body: { sid: string; service_sid: string; to: string },
  asked: AskedAbout,
): boolean {
  return (
    body.to === asked.to &&
    body.service_sid === asked.serviceSid &&
    (asked.sid === undefined || body.sid === asked.sid)
  );
}
