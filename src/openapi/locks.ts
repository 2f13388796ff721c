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

/**
 * The routes that end locks of a number: an app's backend ends its own locks, the operator those of
 * a class.
 */
export const lockOperations: readonly Operation[] = [
  {
    id: "resetLocks",
    method: "post",
    path: "/v1/locks/reset",
    tag: "Proofs",
    summary: "End your client's locks on a number",
    description:
      "Deletes the wrong codes that users of this client have typed for the number: those of one `subject`, or of all. Texts that were sent still count. The answer is the same if there were none. Needs a service key that may start verifications.",
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
    summary: "End the locks of one caller class",
    description:
      "Anonymous callers get ten more attempts at the number, once in 24 hours. A second reset within 24 hours is 429 `rate_limited`. For `known` and `service` callers all wrong codes are deleted. Texts that were sent still count. Needs a service key that lists `admin`.",
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
      "For a stolen phone or an account that was taken over. Names one of `to` and `subject`. All live sessions end, with their refresh tokens. Earlier device tokens are no longer accepted. Access tokens that were already issued expire within `ACCESS_TTL`. `to` ends the sessions of the number's own subject (`usr_…`). If a backend named the user, send that `subject`. Needs a service key that lists `admin`.",
    security: ["serviceKey"],
    body: { schema: "subjectSignOut", required: true },
    answers: {
      200: { description: "No session is live any more.", schemas: ["subjectSignedOut"] },
    },
    problems: refusals,
  },
  {
    id: "eraseSubject",
    method: "post",
    path: "/v1/admin/subjects/erase",
    tag: "Operator",
    summary: "Erase a number or a subject",
    description:
      "Give one of `to` and `subject`. With `to`, all sessions that were opened with the number end, and no subject is found by it any more. With `subject`, all its sessions end, and its number is not known any more. The ledger forgets when the number was first verified (with `to`) and its devices. Limits and locks of the number stay. Verifications go a day after their end. A retry after a failure finishes the work. For a service key that lists `admin`.",
    security: ["serviceKey"],
    body: { schema: "subjectSignOut", required: true },
    answers: { 200: { description: "It is erased.", schemas: ["subjectSignedOut"] } },
    problems: refusals,
  },
];
