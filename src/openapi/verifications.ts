import type { ProblemCode } from "../problem.ts";
import { configured, guarded, jsonBody, type Operation } from "./operation.ts";

/** The problems of a number or a channel that Twilio or Phonegate refuses. */
const refusedByProvider = [
  "invalid_phone_number",
  "unsupported_country",
  "unsupported_number_type",
  "channel_unavailable",
  "provider_rejected",
  "provider_unavailable",
  "provider_bad_response",
] as const satisfies ProblemCode[];

/** The problems of a request that sends a message. */
const refusedSend = [
  ...refusedByProvider,
  "rate_limited",
  "send_budget_exhausted",
  "store_unavailable",
] as const satisfies ProblemCode[];

/**
 * The problems of the flood limit on requests that name a verification. A valid service key is
 * exempt from it.
 */
const askedById = ["rate_limited", "invalid_service_key"] as const satisfies ProblemCode[];

const ended = [
  "verification_not_found",
  "verification_expired",
  "verification_used",
  "verification_canceled",
  "verification_exhausted",
] as const satisfies ProblemCode[];

const path = "/v1/verifications";

export const verificationOperations: readonly Operation[] = [
  {
    id: "startVerification",
    method: "post",
    path,
    tag: "Verifications",
    summary: "Send a code",
    description:
      "Sends a one-time code to a phone. Keep the answer's `id`: the check needs it. With `npm start` the message arrives on the twin's phone.\n\nPurposes: `sign_in` opens a session and needs only the number. `step_up` confirms the session of the access token again. `two_factor` and `transaction` are for a backend with a service key.",
    security: ["none", "accessToken", "serviceKey"],
    headers: ["idempotencyKey"],
    body: { schema: "startRequest", required: true },
    answers: {
      201: {
        description: "The code was sent.",
        schemas: ["startedVerification"],
        headers: ["Location"],
      },
    },
    problems: [
      ...guarded,
      ...jsonBody,
      ...refusedSend,
      "captcha_required",
      "captcha_failed",
      "purpose_not_enabled",
      "not_allowed",
      "invalid_token",
      "invalid_service_key",
      "insufficient_scope",
      "idempotency_key_reused",
    ],
  },
  {
    id: "checkVerification",
    method: "post",
    path: `${path}/{id}/check`,
    tag: "Verifications",
    summary: "Check the code",
    description:
      'A right code is accepted once. For `sign_in` it opens a session. For `step_up` it confirms the session of the access token again. For `two_factor` and `transaction` the answer has a proof for the backend. Five wrong codes exhaust the verification.\n\nPages on the same site as this service may send `"transport": "cookie"`. The refresh token is then in the cookie `__Host-phonegate`, which no script can read.',
    security: ["none", "accessToken", "serviceKey"],
    body: { schema: "checkRequest", required: true },
    answers: {
      200: {
        description: "The code was right.",
        schemas: ["approvedVerification", "approvedStepUp", "approvedProof"],
        optionalHeaders: ["Set-Cookie"],
      },
    },
    problems: [
      ...guarded,
      ...jsonBody,
      ...ended,
      ...refusedByProvider,
      "wrong_code",
      "not_allowed",
      "rate_limited",
      "invalid_token",
      "invalid_service_key",
      "store_unavailable",
    ],
  },
  {
    id: "resendVerification",
    method: "post",
    path: `${path}/{id}/resend`,
    tag: "Verifications",
    summary: "Send the code again",
    description:
      "Sends the same code again, through `channel` if the body names it. The code's lifetime does not change. A resend before `resend_at` is refused, with an exact `Retry-After`. The body is optional.",
    security: ["none", "serviceKey"],
    body: { schema: "resendRequest", required: false },
    answers: {
      200: {
        description: "The code was sent. The number is masked.",
        schemas: ["startedVerification"],
      },
    },
    problems: [...guarded, ...jsonBody, ...ended, ...refusedSend, "invalid_service_key"],
  },
  {
    id: "readVerification",
    method: "get",
    path: `${path}/{id}`,
    tag: "Verifications",
    summary: "Read a verification",
    description:
      "Returns the state of the verification. The record is deleted one day after the verification has ended.",
    security: ["none", "serviceKey"],
    answers: { 200: { description: "The verification.", schemas: ["verificationView"] } },
    problems: [...configured, ...askedById, "verification_not_found", "store_unavailable"],
  },
  {
    id: "cancelVerification",
    method: "delete",
    path: `${path}/{id}`,
    tag: "Verifications",
    summary: "Cancel a verification",
    description: "Ends the verification, so that no code is accepted for it any more. Idempotent.",
    security: ["none", "serviceKey"],
    answers: { 204: { description: "The verification is canceled." } },
    problems: [...guarded, ...askedById, "verification_not_found", "store_unavailable"],
  },
];
