import * as v from "valibot";

export const channels = ["sms", "call", "whatsapp"] as const;
export type Channel = (typeof channels)[number];

export const purposes = ["sign_in", "step_up", "two_factor", "transaction"] as const;
export type Purpose = (typeof purposes)[number];

const statuses = ["pending", "approved", "expired", "canceled", "exhausted"] as const;
export type VerificationStatus = (typeof statuses)[number];

/** In the order in which a message goes through them; of the last three the first one stands. */
export const deliveryStatuses = ["queued", "sent", "delivered", "undelivered", "failed"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

// Messages are our own: valibot's repeat what was received, which may be a number or a code.
const channel = v.picklist(channels, `must be one of ${channels.join(", ")}`);
const token = v.pipe(
  v.string("must be a text of 1 to 1024 characters"),
  v.minLength(1, "must be a text of 1 to 1024 characters"),
  v.maxLength(1024, "must be a text of 1 to 1024 characters"),
);
const nonEmpty = "must be a text of 1 to 64 characters";

/** `POST /v1/verifications` */
export const startRequest = v.strictObject({
  to: v.pipe(v.string(nonEmpty), v.minLength(1, nonEmpty), v.maxLength(64, nonEmpty)),
  country: v.optional(
    v.pipe(
      v.string("must be an ISO 3166-1 alpha-2 code"),
      v.regex(/^[A-Za-z]{2}$/, "must be an ISO 3166-1 alpha-2 code"),
      v.toUpperCase(),
    ),
  ),
  channel: v.optional(channel, "sms"),
  locale: v.optional(
    v.pipe(
      v.string("must be a BCP 47 language tag"),
      v.regex(
        /^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?$/,
        "must be a BCP 47 language tag such as en or pt-BR",
      ),
    ),
  ),
  purpose: v.optional(v.picklist(purposes, `must be one of ${purposes.join(", ")}`), "sign_in"),
  /** From an earlier approval of this number; one that does not fit is ignored. */
  device_token: v.optional(token),
});
export type StartRequest = v.InferOutput<typeof startRequest>;

/** `POST /v1/verifications/{id}/check` */
export const checkRequest = v.strictObject({
  code: v.pipe(
    v.string("must be a text of 4 to 10 digits"),
    v.regex(/^[0-9]{4,10}$/, "must be 4 to 10 ASCII digits"),
  ),
  /** Where the refresh token goes: into the answer's body, or into a cookie that no script reads. */
  transport: v.optional(v.literal("cookie", 'must be "cookie" or left out')),
});

/** `POST /v1/verifications/{id}/resend`; the body may be left out. */
export const resendRequest = v.strictObject({ channel: v.optional(channel) });

const verificationId = v.pipe(v.string(), v.regex(/^vrf_[A-Za-z0-9_-]+$/));
const attempts = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(5));
const time = v.pipe(v.string(), v.isoTimestamp());

/**
 * The answer to a start (201) and a resend (200, `to` masked): `pending`, unless an idempotent
 * repetition comes after the end.
 */
export const startedVerification = v.strictObject({
  id: verificationId,
  status: v.picklist(statuses),
  purpose: v.picklist(purposes),
  to: v.string(),
  channel: v.picklist(channels),
  expires_at: time,
  resend_at: time,
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
  attempts_remaining: attempts,
  /** What Twilio reports of the newest text, engine `messaging`. */
  delivery: v.optional(
    v.strictObject({
      status: v.picklist(deliveryStatuses),
      /** Twilio's error code. */
      error_code: v.optional(v.pipe(v.number(), v.integer())),
      /** Ways to try in a new verification, when it was not delivered. */
      suggested_channels: v.optional(v.array(v.picklist(channels))),
    }),
  ),
});
export type VerificationView = v.InferOutput<typeof verificationView>;

/** `POST /v1/sessions/refresh`; without a token in the body the cookie's is taken. */
export const refreshRequest = v.strictObject({ refresh_token: v.optional(token) });

const sessionId = v.pipe(v.string(), v.regex(/^ses_[A-Za-z0-9_-]{22}$/));
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));

/** What a session is used with. Lengths of time are seconds. */
const sessionTokens = {
  access_token: v.string(),
  token_type: v.literal("Bearer"),
  expires_in: seconds,
  /** Left out where it is in the cookie. */
  refresh_token: v.optional(v.pipe(v.string(), v.regex(/^rt_[A-Za-z0-9_-]+$/))),
  refresh_expires_in: seconds,
  session_id: sessionId,
  subject: v.string(),
};

/** The answer to a right code. */
export const approvedVerification = v.strictObject({
  status: v.literal("approved"),
  ...sessionTokens,
  device_token: v.pipe(v.string(), v.regex(/^dev_[A-Za-z0-9_-]+$/)),
});
export type ApprovedVerification = v.InferOutput<typeof approvedVerification>;

/** The answer to a refresh. */
export const refreshedSession = v.strictObject(sessionTokens);
export type SessionTokens = v.InferOutput<typeof refreshedSession>;

const sessionEntries = {
  session_id: sessionId,
  created_at: time,
  last_used_at: time,
  /** Authentication methods (RFC 8176), first the ones that the app has named. */
  amr: v.array(v.string()),
  /** Where it was opened: ISO 3166-1 alpha-2, and the kind of device. */
  country: v.optional(v.string()),
  device: v.optional(v.string()),
  current: v.boolean(),
};

/** One row of `GET /v1/sessions`. */
const sessionView = v.strictObject(sessionEntries);
export type SessionView = v.InferOutput<typeof sessionView>;

export const sessionList = v.strictObject({ sessions: v.array(sessionView) });

/** The answer to `GET /v1/sessions/current`. */
export const currentSession = v.strictObject({
  ...sessionEntries,
  subject: v.string(),
  acr: v.picklist(["aal1", "aal2"]),
  /** Until then, if it is not used; a refresh moves it. */
  expires_at: time,
});
export type CurrentSession = v.InferOutput<typeof currentSession>;
