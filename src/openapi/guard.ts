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
      "Names one of `country`, `prefix` and `failed_checks`, and what it is to do: for `seconds`, or an hour. It holds whatever the rule may do, `GUARD_RECORD=on` too. `hold_up` refuses all but known devices and live sessions; by `failed_checks` it asks for a captcha, and refuses where there is none. `let_pass` passes, `reset` forgets. A prefix goes before its country. For a service key that lists `admin`.",
    security: ["serviceKey"],
    body: { schema: "leverRequest", required: true },
    answers: { 204: { description: "So it is." } },
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
