import { configured, guarded, jsonBody, type Operation } from "./operation.ts";

/** Who signed in: for backends whose service key lists the scope. */
export const userOperations: readonly Operation[] = [
  {
    id: "introspectToken",
    method: "post",
    path: "/v1/introspect",
    tag: "Users",
    summary: "Ask whether a token is good, and who holds it",
    description:
      "Token introspection (RFC 7662) of an access token or a refresh token. It asks the store: a session that was signed out a moment ago is `active: false`, and so is every text that is no good token. `token_type` is `Bearer` for an access token and absent for a refresh token, which an API must not accept. For a service key that lists the scope `introspect`, as Bearer or by HTTP Basic (client id and key).",
    security: ["serviceKey", "serviceKeyBasic"],
    body: {
      schema: "introspectionRequest",
      required: true,
      mediaType: "application/x-www-form-urlencoded",
    },
    answers: {
      200: {
        description: "What the token is worth at this moment.",
        schemas: ["activeToken", "inactiveToken"],
      },
    },
    problems: [
      ...guarded,
      "invalid_request",
      "unsupported_media_type",
      "payload_too_large",
      "invalid_service_key",
      "insufficient_scope",
      "store_unavailable",
    ],
  },
  {
    id: "readSubject",
    method: "get",
    path: "/v1/subjects/{sub}",
    tag: "Users",
    summary: "Ask which number a subject has",
    description:
      "The number of the subject's last sign-in, for 400 days after it, also when no session is live any more. For a service key that lists the scope `subjects`.",
    security: ["serviceKey"],
    answers: { 200: { description: "The subject.", schemas: ["subjectRecord"] } },
    problems: [
      ...configured,
      "invalid_service_key",
      "insufficient_scope",
      "subject_not_found",
      "store_unavailable",
    ],
  },
  {
    id: "findSubjects",
    method: "post",
    path: "/v1/subjects/find",
    tag: "Users",
    summary: "Ask who has a number",
    description:
      "The subjects that signed in with the number within 400 days. A client may ask for 1000 unknown numbers in a UTC day; then every question is 429 until midnight. For a service key that lists the scope `subjects`.",
    security: ["serviceKey"],
    body: { schema: "subjectsSearch", required: true },
    answers: { 200: { description: "The subjects.", schemas: ["subjectsFound"] } },
    problems: [
      ...guarded,
      ...jsonBody,
      "invalid_service_key",
      "insufficient_scope",
      "invalid_phone_number",
      "unsupported_country",
      "unsupported_number_type",
      "subject_not_found",
      "rate_limited",
      "store_unavailable",
    ],
  },
];
