import type { ProblemCode } from "../problem.ts";
import { configured, guarded, jsonBody, type Operation } from "./operation.ts";

/** What Twilio, or the number itself, can have against a code's way. */
const refusedByProvider = [
  "invalid_phone_number",
  "unsupported_country",
  "unsupported_number_type",
  "channel_unavailable",
  "provider_rejected",
  "provider_unavailable",
  "provider_bad_response",
] as const satisfies ProblemCode[];

/** What stands between a caller and a message that costs money. */
const refusedSend = [
  ...refusedByProvider,
  "rate_limited",
  "send_budget_exhausted",
  "store_unavailable",
] as const satisfies ProblemCode[];

/** The flood limit of requests that name a verification, which a service key is not held to. */
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
      "Sends a one-time code to a phone. The answer's `id` is the only handle on it: give it to the check. With `npm start` the message arrives on the twin's phone.\n\nPurposes: `sign_in` opens a session (nothing but the number is needed); `step_up` raises the session of the access token; `two_factor` and `transaction` are for a backend with a service key.",
    security: ["none", "accessToken", "serviceKey"],
    headers: ["idempotencyKey"],
    body: { schema: "startRequest", required: true },
    answers: {
      201: {
        description: "The code is on its way.",
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
      'The right code is right once. For `sign_in` it opens a session, for `step_up` it raises the one of the access token, for `two_factor` and `transaction` it earns a proof for the backend. Five wrong codes exhaust the verification.\n\nPages of the same site as this service may ask for `"transport": "cookie"`: the refresh token is then in `__Host-phonegate`, where no script can read it.',
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
    summary: "Send the code once more",
    description:
      "The same code again, by another channel if you name one; it lives no longer for that. Before `resend_at` it is refused, with an exact `Retry-After`. The body may be left out.",
    security: ["none", "serviceKey"],
    body: { schema: "resendRequest", required: false },
    answers: {
      200: {
        description: "The code is on its way. The number is masked.",
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
    summary: "Look at a verification",
    description: "What has become of it. A day after its end it is forgotten.",
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
    description: "No code is accepted for it any more. Again is no mistake.",
    security: ["none", "serviceKey"],
    answers: { 204: { description: "It is canceled." } },
    problems: [...guarded, ...askedById, "verification_not_found", "store_unavailable"],
  },
];
