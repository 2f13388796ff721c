export const usage = `Prints the events of the deployed Worker as they arrive.

  npm run tail
  npm run tail -- --search 2671         one story: a number by its last digits, a request id, a sid
  npm run tail -- --stdin --search 2671 < kept.log

Other options are passed to \`wrangler tail\`, such as --status error.
`;

export interface TailOptions {
  readonly readsStdin: boolean;
  /** The search text. */
  readonly search: string | undefined;
  /**
   * Options for `wrangler tail`. The search is not among them, because it would drop lines of the
   * story without the text.
   */
  readonly others: readonly string[];
}

/** Returns the options of `npm run tail`, or a sentence that names the error. */
export function readTailOptions(args: readonly string[]): TailOptions | string {
  const others: string[] = [];
  let search: string | undefined;
  let readsStdin = false;
  for (let at = 0; at < args.length; at += 1) {
    const [, name = "", value] = /^(--search)(?:=(.*))?$/s.exec(args[at] ?? "") ?? [];
    if (name !== "") {
      search = (value ?? args[(at += 1)] ?? "").trim();
      if (search === "" || search.startsWith("-")) return "--search needs a text to search for.";
    } else if (args[at] === "--stdin") readsStdin = true;
    else others.push(args[at] ?? "");
  }
  return readsStdin && others.length > 0
    ? `--stdin cannot be combined with ${others[0]}.`
    : { readsStdin, search, others };
}
