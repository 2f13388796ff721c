import { guarded, jsonBody, type Operation } from "./operation.ts";

const refusals = [
  ...guarded,
  ...jsonBody,
  "invalid_service_key",
  "insufficient_scope",
  "invalid_phone_number",
  "unsupported_country",
  "unsupported_number_type",
  "store_unavailable",
] as const satisfies Operation["problems"];

/** Locks of a number: for an app's backend its own, for the operator those of a class. */
export const lockOperations: readonly Operation[] = [
  {
    id: "resetLocks",
    method: "post",
    path: "/v1/locks/reset",
    tag: "Proofs",
    summary: "End your own locks of a number",
    description:
      "Forgets the wrong codes that users of this client have typed for the number: of one `subject`, or of all. Texts that were sent go on counting. The answer is the same whether there were any. For a service key that may start verifications.",
    security: ["serviceKey"],
    body: { schema: "locksReset", required: true },
    answers: { 204: { description: "The client has no lock on this number." } },
    problems: refusals,
  },
  {
    id: "resetClassLocks",
    method: "post",
    path: "/v1/admin/locks/reset",
    tag: "Operator",
    summary: "End the locks of one class of callers",
    description:
      "Anonymous callers get ten more attempts at the number, once in 24 hours; within them it is 429 `rate_limited`. Of `known` and `service` callers all wrong codes are forgotten. Texts that were sent go on counting. For a service key that lists `admin`.",
    security: ["serviceKey"],
    body: { schema: "adminLocksReset", required: true },
    answers: { 204: { description: "The class has no lock on this number." } },
    problems: [...refusals, "rate_limited"],
  },
  {
    id: "signOutSubject",
    method: "post",
    path: "/v1/admin/subjects/sign-out",
    tag: "Operator",
    summary: "End all sessions of a number or a subject",
    description:
      "For a phone that was stolen or an account that was taken over. Names one of `to` and `subject`. All live sessions end, their refresh tokens with them, and no device token of before is believed any more. Access tokens that are out end within `ACCESS_TTL`. A number's sessions are those of its own subject (`usr_…`): where a backend has named the user, give that `subject`. For a service key that lists `admin`.",
    security: ["serviceKey"],
    body: { schema: "subjectSignOut", required: true },
    answers: { 200: { description: "No session is live.", schemas: ["subjectSignedOut"] } },
    problems: refusals,
  },
];
