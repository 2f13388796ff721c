import type { Diagnosis } from "../twilio/failure-words.ts";

/** One thing to do. It is safe to do again: what is done is found done. */
export interface Step {
  /** "Create the Verify service for sign_in". */
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

/** Does one after the other, tells each, and stops at the first that fails. */
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
    "Done and kept:",
    ...list(finished),
    "Not done:",
    ...list([failure.title, ...left]),
    "",
    "Run `npm run setup` again when it is mended: it goes on from here.",
  ].join("\n");
}
