import { configured, guarded, jsonBody, type Operation } from "./operation.ts";

const path = "/v1/admin/events";

/** For the operator's own service key. */
export const deadLetterOperations: readonly Operation[] = [
  {
    id: "listDeadLetters",
    method: "get",
    path,
    tag: "Operator",
    summary: "List the events that are not tried any more",
    description:
      "Events that `EVENTS_URL` answered with 410, or did not take for 24 hours. They are kept for 30 days, at most 100 of one number or subject. The list names no person. For a service key with the scope `admin:read`.",
    security: ["serviceKey"],
    answers: { 200: { description: "The newest first.", schemas: ["deadLetterList"] } },
    problems: [...configured, "invalid_service_key", "insufficient_scope", "store_unavailable"],
  },
  {
    id: "retryDeadLetters",
    method: "post",
    path: `${path}/retry`,
    tag: "Operator",
    summary: "Send dead letters once more",
    description:
      "Sends the named ones, or all, under their old ids, and tries them for another 24 hours. They come after the events that wait. One request asks at most 20 numbers and subjects: where `left` is not 0, ask again. For a service key with the scope `admin`.",
    security: ["serviceKey"],
    body: { schema: "deadLetterRetry", required: false },
    answers: { 200: { description: "They wait for delivery.", schemas: ["deadLettersRetried"] } },
    problems: [
      ...guarded,
      ...jsonBody,
      "invalid_service_key",
      "insufficient_scope",
      "store_unavailable",
    ],
  },
];
