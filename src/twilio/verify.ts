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

/** What the answer must be about, or it is not believed. */
export interface AskedAbout {
  readonly serviceSid: string;
  readonly to: string;
  readonly sid?: string;
}

/** What a code of a PSD2 service confirms: the same when it is sent and when it is checked. */
interface Psd2 {
  readonly payee: string;
  readonly amount: string;
}

function psd2Form(confirmed: Psd2 | undefined): Record<string, string> {
  return confirmed === undefined ? {} : { Amount: confirmed.amount, Payee: confirmed.payee };
}

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
 * `name` is the sid. The number in E.164 takes its place only where no sid is known, since a number
 * in a URL may be logged on its way.
 */
export function cancelVerificationRequest(serviceSid: string, name: string): TwilioRequest {
  const path = `/v2/Services/${serviceSid}/Verifications/${encodeURIComponent(name)}`;
  return { product: "verify", method: "POST", path, form: { Status: "canceled" } };
}

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

/** Twilio's own, fixed. */
export const verificationLifetimeMs = 10 * 60 * 1000;
/** So far Twilio's clock and ours may be apart. */
export const clockSkewMs = 60_000;

/**
 * Whether a verification that has just been sent can have been made then: one that lives, by our
 * clock, and not one of the future.
 */
export function canBeLive({ createdAtMs }: TwilioVerification, nowMs: number): boolean {
  return createdAtMs <= nowMs + clockSkewMs && nowMs < createdAtMs + verificationLifetimeMs;
}

/** A Verification, from create, fetch and update alike. */
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

/** `status` decides; where `valid` disagrees nothing is believed. */
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
    // The check after this one would be 429 (60202): this one was looked at.
    case "max_attempts_reached":
      return { kind: "last_wrong_code" };
    // A failed one has ended before its time, and not by its person.
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
