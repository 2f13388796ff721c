import type { Answer } from "./answer.ts";
import { failureRows, type Effect, type FailingStep } from "./failure-table.ts";
import type { Product } from "./faults.ts";

/**
 * A number that fails in a known way at one step. Late and broken answers come after the work: the
 * text is sent, the code is used. Other products treat the number as an ordinary one.
 */
export interface FailureNumber {
  number: string;
  product: Product;
  at: FailingStep;
  happens: string;
  effect: Effect;
}

const productOf = {
  start: "verify",
  check: "verify",
  message: "messaging",
  lookup: "lookup",
} as const satisfies Record<FailingStep, Product>;

/**
 * Numbers that look like mobile numbers and fail in known ways. (555-01xx is reserved for fiction.)
 * The numbers from …0190 to …0193 are the twin's own senders. The emulator, the phone's page and
 * `/twin/numbers.json` all use this list.
 */
export const FAILURE_NUMBERS: readonly FailureNumber[] = failureRows.map(
  ([digits, at, happens, effect]) => ({
    number: `+1201555${digits}`,
    product: productOf[at],
    at,
    happens,
    effect,
  }),
);

/** Returns the number's effect at this step; undefined for an ordinary number. */
export function effectOf(number: string, at: FailingStep): Effect | undefined {
  return FAILURE_NUMBERS.find((entry) => entry.number === number && entry.at === at)?.effect;
}

/** Returns the number's effect at this step, and prints that the number fails on purpose. */
export function applyEffect(
  { print }: { readonly print: (line: string) => void },
  number: string,
  at: FailingStep,
): Effect | undefined {
  const entry = FAILURE_NUMBERS.find((known) => known.number === number && known.at === at);
  if (entry !== undefined)
    print(`${number} fails on purpose: ${entry.happens}. The twin's page lists such numbers.`);
  return entry?.effect;
}

/** Makes an answer late or broken if the effect says so. The work is already done. */
export function withEffect(answer: Answer, effect: Effect | undefined): Answer {
  if (effect?.kind === "late") return { ...answer, delayMs: effect.delayMs };
  if (effect?.kind === "broken") return { ...answer, broken: effect.body };
  return answer;
}
