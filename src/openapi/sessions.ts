import { configured, guarded, jsonBody, type Operation } from "./operation.ts";

const path = "/v1/sessions";

export const sessionOperations: readonly Operation[] = [
  {
    id: "refreshSession",
    method: "post",
    path: `${path}/refresh`,
    tag: "Sessions",
    summary: "Get the next pair of tokens",
    description:
      "A refresh token is accepted once. A retry with it gets the same new token for ten seconds. Any other reuse ends the session. Without a token in the body the cookie's token is used, and the next token goes into the cookie.",
    security: ["none", "refreshCookie"],
    body: { schema: "refreshRequest", required: false },
    answers: {
      200: {
        description: "The next pair of tokens.",
        schemas: ["refreshedSession"],
        optionalHeaders: ["Set-Cookie"],
      },
    },
    problems: [...guarded, ...jsonBody, "invalid_token", "store_unavailable"],
    // The answer deletes a cookie whose token is invalid.
    problemHeaders: { 401: ["Set-Cookie"] },
  },
  {
    id: "readCurrentSession",
    method: "get",
    path: `${path}/current`,
    tag: "Sessions",
    summary: "Read this session",
    description:
      "Returns the session's present state from the store. A session that was signed out is 401.",
    security: ["accessToken"],
    answers: { 200: { description: "The session.", schemas: ["currentSession"] } },
    problems: [...configured, "invalid_token", "store_unavailable"],
  },
  {
    id: "signOut",
    method: "delete",
    path: `${path}/current`,
    tag: "Sessions",
    summary: "Sign out",
    description:
      "Ends this session and its refresh token. The access token names the session. Without an access token the cookie does.",
    security: ["accessToken", "refreshCookie"],
    answers: { 204: { description: "The session has ended.", optionalHeaders: ["Set-Cookie"] } },
    problems: [...guarded, "invalid_request", "invalid_token", "store_unavailable"],
  },
  {
    id: "listSessions",
    method: "get",
    path,
    tag: "Sessions",
    summary: "List the sessions",
    description: "Returns all live sessions of the subject, newest first.",
    security: ["accessToken"],
    answers: { 200: { description: "The sessions.", schemas: ["sessionList"] } },
    problems: [...configured, "invalid_token", "store_unavailable"],
  },
  {
    id: "signOutEverywhere",
    method: "delete",
    path,
    tag: "Sessions",
    summary: "Sign out everywhere",
    description: "Ends all sessions of the subject. Its device tokens are no longer accepted.",
    security: ["accessToken"],
    answers: { 204: { description: "All sessions have ended.", optionalHeaders: ["Set-Cookie"] } },
    problems: [...guarded, "invalid_token", "store_unavailable"],
  },
  {
    id: "signOutThere",
    method: "delete",
    path: `${path}/{session_id}`,
    tag: "Sessions",
    summary: "Sign out of one session",
    description: "Ends one session of the same subject. Idempotent.",
    security: ["accessToken"],
    answers: { 204: { description: "The session has ended.", optionalHeaders: ["Set-Cookie"] } },
    problems: [...guarded, "session_not_found", "invalid_token", "store_unavailable"],
  },
];
