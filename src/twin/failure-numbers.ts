import type { Answer } from "./answer.ts";
import { failureRows, type Effect, type FailingStep } from "./failure-table.ts";
import type { Product } from "./faults.ts";

/**
 * Late and broken answers come after the work is done: the text is sent, the code is used. For
 * other products than its own a number is an ordinary one.
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
 * Ordinary mobile-looking numbers (555-01xx is reserved for fiction) that fail in known ways.
 * From …0190 to …0193 the twin's own senders stand between them. The one source for the emulator, the phone page and `/twin/numbers.json`.
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

/** What the number does at this step, if it is one of the table. */
export function effectOf(number: string, at: FailingStep): Effect | undefined {
  return FAILURE_NUMBERS.find((entry) => entry.number === number && entry.at === at)?.effect;
}

/** The same, where the number does it now: the terminal says that it is on purpose. */
export function effectNow(
  { tell }: { readonly tell: (line: string) => void },
  number: string,
  at: FailingStep,
): Effect | undefined {
  const entry = FAILURE_NUMBERS.find((known) => known.number === number && known.at === at);
  if (entry !== undefined)
    tell(`${number} does this on purpose: ${entry.happens}. The twin's page lists such numbers.`);
  return entry?.effect;
}

/** The work is done; the answer comes late, broken, or as it is. */
export function withEffect(answer: Answer, effect: Effect | undefined): Answer {
  if (effect?.kind === "late") return { ...answer, delayMs: effect.delayMs };
  if (effect?.kind === "broken") return { ...answer, broken: effect.body };
  return answer;
}
