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
      "A refresh token is good once. Its immediate predecessor gets the very same successor for ten seconds; any other replay ends the session. Without a token in the body the cookie's is taken, and the next one goes into the cookie.",
    security: ["none", "refreshCookie"],
    body: { schema: "refreshRequest", required: false },
    answers: {
      200: {
        description: "The next pair.",
        schemas: ["refreshedSession"],
        optionalHeaders: ["Set-Cookie"],
      },
    },
    problems: [...guarded, ...jsonBody, "invalid_token", "store_unavailable"],
    // A cookie that is good for nothing is taken away.
    problemHeaders: { 401: ["Set-Cookie"] },
  },
  {
    id: "readCurrentSession",
    method: "get",
    path: `${path}/current`,
    tag: "Sessions",
    summary: "Look at this session",
    description: "As the store knows it at this moment: a session that was signed out is 401.",
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
      "Ends this session. No refresh token of it gets another one. By the access token, or without one by the cookie.",
    security: ["accessToken", "refreshCookie"],
    answers: { 204: { description: "It has ended.", optionalHeaders: ["Set-Cookie"] } },
    problems: [...guarded, "invalid_request", "invalid_token", "store_unavailable"],
  },
  {
    id: "listSessions",
    method: "get",
    path,
    tag: "Sessions",
    summary: "List the sessions",
    description: "All live sessions of the subject, the newest first.",
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
    description: "Ends all sessions of the subject, and forgets its devices.",
    security: ["accessToken"],
    answers: { 204: { description: "They have ended.", optionalHeaders: ["Set-Cookie"] } },
    problems: [...guarded, "invalid_token", "store_unavailable"],
  },
  {
    id: "signOutThere",
    method: "delete",
    path: `${path}/{session_id}`,
    tag: "Sessions",
    summary: "Sign out of one session",
    description: "Ends one session of the same subject. Again is no mistake.",
    security: ["accessToken"],
    answers: { 204: { description: "It has ended.", optionalHeaders: ["Set-Cookie"] } },
    problems: [...guarded, "session_not_found", "invalid_token", "store_unavailable"],
  },
];
