import * as clack from "@clack/prompts";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Asks the operator. An answer is `undefined` if the operator canceled. */
export interface Ask {
  text(message: string, check: Check, standard?: string): Promise<string | undefined>;
  secret(message: string, check: Check): Promise<string | undefined>;
  choose(message: string, choices: readonly Choice[]): Promise<string | undefined>;
  several(message: string, choices: readonly Choice[]): Promise<string[] | undefined>;
  confirm(message: string): Promise<boolean>;
}

/** Returns a sentence if an answer is wrong, otherwise undefined. */
export type Check = (value: string) => string | undefined;

/** Asks on the terminal with @clack/prompts. */
export const terminalAsk: Ask = {
  async text(message, check, standard) {
    const validate = (value: string | undefined) => check((value ?? standard ?? "").trim());
    const hint = standard === undefined ? {} : { placeholder: standard, defaultValue: standard };
    return answered(await clack.text({ message, validate, ...hint }))?.trim();
  },
  async secret(message, check) {
    const validate = (value: string | undefined) => check((value ?? "").trim());
    return answered(await clack.password({ message, validate }))?.trim();
  },
  async choose(message, choices) {
    return answered(await clack.select({ message, options: [...choices] }));
  },
  async several(message, choices) {
    const first = choices.slice(0, 1).map(({ value }) => value);
    return answered(
      await clack.multiselect({ message, options: [...choices], initialValues: first }),
    );
  },
  async confirm(message) {
    return answered(await clack.confirm({ message })) ?? false;
  },
};

/**
 * Returns undefined if the operator canceled the prompt (Ctrl-C, Escape): clack then returns a
 * symbol.
 */
function answered<T>(answer: T): Exclude<T, symbol> | undefined {
  return isAnswer(answer) ? answer : undefined;
}

function isAnswer<T>(answer: T): answer is Exclude<T, symbol> {
  return typeof answer !== "symbol";
}
