import type { Diagnosis } from "../twilio/failure-words.ts";

/** One step of the set-up. It is idempotent: the set-up can be repeated. */
export interface Step {
  /** A title such as "Create the Verify service for sign_in". */
  readonly title: string;
  readonly run: () => Promise<StepOutcome>;
}

export type StepOutcome =
  | { readonly kind: "done"; readonly note?: string }
  | { readonly kind: "failed"; readonly diagnosis: Diagnosis };

export const done = (note?: string): StepOutcome =>
  note === undefined ? { kind: "done" } : { kind: "done", note };

export const failed = (diagnosis: Diagnosis): StepOutcome => ({ kind: "failed", diagnosis });

export interface Report {
  readonly finished: readonly string[];
  readonly failure?: { readonly title: string; readonly diagnosis: Diagnosis };
  readonly left: readonly string[];
}

/** Runs the steps in order, prints each, and stops at the first failure. */
export async function runSteps(
  steps: readonly Step[],
  say: (line: string) => void,
): Promise<Report> {
  const finished: string[] = [];
  for (const [index, { title, run }] of steps.entries()) {
    say(`[${index + 1}/${steps.length}] ${title} …`);
    const outcome = await run();
    if (outcome.kind === "failed") {
      const left = steps.slice(index + 1).map((step) => step.title);
      return { finished, failure: { title, diagnosis: outcome.diagnosis }, left };
    }
    say(`      done${outcome.note === undefined ? "" : `: ${outcome.note}`}`);
    finished.push(title);
  }
  return { finished, left: [] };
}

export function failureText({ finished, failure, left }: Report): string {
  if (failure === undefined) return "";
  const list = (titles: readonly string[]) =>
    titles.length === 0 ? ["  nothing"] : titles.map((title) => `  - ${title}`);
  return [
    `✗ ${failure.title}: ${failure.diagnosis.detail}`,
    `  → ${failure.diagnosis.cure}`,
    "",
    "Done:",
    ...list(finished),
    "Not done:",
    ...list([failure.title, ...left]),
    "",
    "Correct this and run `npm run setup` again: it continues from here.",
  ].join("\n");
}
