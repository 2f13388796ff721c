import * as v from "valibot";
import { channel, deviceToken, seconds, sessionId, time } from "./fields.ts";
import { sessionTokens } from "./sessions.ts";
import { channels } from "./channels.ts";
import { deliveryStatuses, purposes, statuses } from "./words.ts";

/** `POST /v1/verifications/{id}/check` */
export const checkRequest = v.strictObject({
  code: v.pipe(
    v.string("must be a text of 4 to 10 digits"),
    v.regex(/^[0-9]{4,10}$/, "must be 4 to 10 ASCII digits"),
  ),
  /** `cookie` moves the refresh token from the answer's body into a cookie that no script can read. */
  transport: v.optional(v.literal("cookie", 'must be "cookie" or left out')),
});

/** `POST /v1/verifications/{id}/resend`. The body is optional. */
export const resendRequest = v.strictObject({ channel: v.optional(channel) });

const verificationId = v.pipe(v.string(), v.regex(/^vrf_[A-Za-z0-9_-]+$/));

/** Seconds, rounded up. */
const wait = v.pipe(v.number(), v.integer(), v.minValue(0));

const attempts = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(5));

/**
 * The answer to a start (201) and a resend (200, with `to` masked). The status is `pending`, unless a
 * retried start comes after the verification's end.
 */
export const startedVerification = v.strictObject({
  id: verificationId,
  status: v.picklist(statuses),
  purpose: v.picklist(purposes),
  to: v.string(),
  channel: v.picklist(channels),
  expires_at: time,
  resend_at: time,
  resend_in: wait,
  attempts_remaining: attempts,
});
export type StartedVerification = v.InferOutput<typeof startedVerification>;

/** The answer to `GET /v1/verifications/{id}`. */
export const verificationView = v.strictObject({
  id: verificationId,
  status: v.picklist(statuses),
  purpose: v.picklist(purposes),
  channel: v.picklist(channels),
  expires_at: time,
  /** When a resend is accepted, and in how many seconds; only while the status is `pending`. */
  resend_at: v.optional(time),
  resend_in: v.optional(wait),
  attempts_remaining: attempts,
  /** With engine `messaging`: what Twilio reports about the newest text. */
  delivery: v.optional(
    v.strictObject({
      status: v.picklist(deliveryStatuses),
      /** Twilio's error code. */
      error_code: v.optional(v.pipe(v.number(), v.integer())),
      /**
       * If the text was not delivered: channels for a new verification, since a resend of this one can
       * only be a text. They are set only after a fallback from Twilio Verify, whose channels they are.
       */
      suggested_channels: v.optional(v.array(v.picklist(channels))),
    }),
  ),
});
export type VerificationView = v.InferOutput<typeof verificationView>;

/** The answer to a right code of purpose `sign_in`. */
export const approvedVerification = v.strictObject({
  status: v.literal("approved"),
  ...sessionTokens,
  device_token: deviceToken,
});

/** The answer to a right code of purpose `step_up`: a new access token of the same session. */
export const approvedStepUp = v.strictObject({
  status: v.literal("approved"),
  access_token: v.string(),
  token_type: v.literal("Bearer"),
  expires_in: seconds,
  session_id: sessionId,
  subject: v.string(),
  device_token: deviceToken,
});

/** The answer to a right code of purpose `two_factor` or `transaction`. */
export const approvedProof = v.strictObject({
  status: v.literal("approved"),
  /** For the backend that started the verification. It is accepted once. */
  proof_token: v.string(),
  expires_in: seconds,
});
