import type { ProblemCode } from "../problem.ts";
import recorded from "./examples.json" with { type: "json" };
import type { JsonObject } from "./json.ts";

/** One request to the real Worker and its answer. `test/openapi/examples.test.ts` records them. */
export interface Example {
  readonly operation: string;
  readonly name: string;
  readonly request?: JsonObject | undefined;
  readonly status: number;
  readonly answer?: JsonObject | undefined;
}

const {
  answers,
  problems,
}: {
  readonly answers: readonly Example[];
  readonly problems: { readonly [code: string]: JsonObject };
} = recorded;

export function answerExamples(operation: string, status: number): JsonObject | undefined {
  return named(
    answers.filter((one) => one.operation === operation && one.status === status),
    "answer",
  );
}

export function requestExamples(operation: string): JsonObject | undefined {
  return named(
    answers.filter((one) => one.operation === operation),
    "request",
  );
}

function named(examples: readonly Example[], part: "request" | "answer"): JsonObject | undefined {
  const entries = examples.flatMap(({ name, [part]: value }) =>
    value === undefined ? [] : [[name, { value }] as const],
  );
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

export function problemExample(code: ProblemCode): JsonObject | undefined {
  return problems[code];
}
