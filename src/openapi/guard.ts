import { configured, guarded, jsonBody, type Operation } from "./operation.ts";

const path = "/v1/admin/guard";

/** For the operator's own service key, which lists `admin`. */
export const guardOperations: readonly Operation[] = [
  {
    id: "readGuard",
    method: "get",
    path,
    tag: "Operator",
    summary: "What the guard sees",
    description:
      "The UTC day so far: sends, approvals, refusals, what is left of the caps and the money, and every breaker with its level. For a service key that lists `admin`.",
    security: ["serviceKey"],
    answers: { 200: { description: "The day.", schemas: ["guardReport"] } },
    problems: [...configured, "invalid_service_key", "insufficient_scope", "store_unavailable"],
  },
  {
    id: "pullLever",
    method: "post",
    path,
    tag: "Operator",
    summary: "Overrule a breaker for a while",
    description:
      "Names one of `country`, `prefix` and `failed_checks`, and what it is to do. For a service key that lists `admin`.",
    security: ["serviceKey"],
    body: { schema: "leverRequest", required: true },
    answers: { 204: { description: "So it is." } },
    problems: [
      ...guarded,
      ...jsonBody,
      "invalid_service_key",
      "insufficient_scope",
      "store_unavailable",
    ],
  },
];
