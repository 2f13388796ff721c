export const usage = `Prints the events of the deployed Worker, as they come.

  npm run tail
  npm run tail -- --search 2671         one story: a number by its last digits, a request id, a sid
  npm run tail -- --stdin --search 2671 < kept.log

What else \`wrangler tail\` takes is handed on to it, such as --status error.
`;

export interface TailOptions {
  readonly readsStdin: boolean;
  /** What the story is searched by. */
  readonly search: string | undefined;
  /** For `wrangler tail`. Not the search: it would leave out the lines that do not have the text. */
  readonly others: readonly string[];
}

/** The options of `npm run tail`, or what is wrong with them. */
export function readTailOptions(args: readonly string[]): TailOptions | string {
  const others: string[] = [];
  let search: string | undefined;
  let readsStdin = false;
  for (let at = 0; at < args.length; at += 1) {
    const [, name = "", value] = /^(--search)(?:=(.*))?$/s.exec(args[at] ?? "") ?? [];
    if (name !== "") {
      search = (value ?? args[(at += 1)] ?? "").trim();
      if (search === "" || search.startsWith("-")) return "--search needs what to search for.";
    } else if (args[at] === "--stdin") readsStdin = true;
    else others.push(args[at] ?? "");
  }
  return readsStdin && others.length > 0
    ? `--stdin does not go with ${others[0]}.`
    : { readsStdin, search, others };
}
