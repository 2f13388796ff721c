import { guarded, type Operation } from "./operation.ts";

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
];
