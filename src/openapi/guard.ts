import { configured, guarded, jsonBody, type Operation } from "./operation.ts";

const path = "/v1/admin/guard";

/** The routes for the operator's service key, which lists `admin`. */
export const guardOperations: readonly Operation[] = [
  {
    id: "readGuard",
    method: "get",
    path,
    tag: "Operator",
    summary: "Read the guard's state",
    description:
      "Returns the present UTC day: sends, approvals, refusals, the rest of the caps and the money, and every breaker with its level. Needs a service key that lists `admin`.",
    security: ["serviceKey"],
    answers: { 200: { description: "The state of the day.", schemas: ["guardReport"] } },
    problems: [...configured, "invalid_service_key", "insufficient_scope", "store_unavailable"],
  },
  {
    id: "pullLever",
    method: "post",
    path,
    tag: "Operator",
    summary: "Override a breaker for some time",
    description:
      "Names one of `country`, `prefix` and `failed_checks`, and its action for `seconds` (default: one hour). The override also applies with `GUARD_RECORD=on`. `hold_up` refuses every caller but known devices and live sessions. With `failed_checks` it requires a captcha, and refuses if no captcha is configured. `let_pass` allows every caller, and `reset` clears the counts. An override of a prefix takes precedence over one of its country. Needs a service key that lists `admin`.",
    security: ["serviceKey"],
    body: { schema: "leverRequest", required: true },
    answers: { 204: { description: "The override is set." } },
    problems: [
      ...guarded,
      ...jsonBody,
      "invalid_service_key",
      "insufficient_scope",
      "lever_matches_nothing",
      "store_unavailable",
    ],
  },
];
