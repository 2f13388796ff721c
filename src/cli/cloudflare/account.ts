import * as v from "valibot";
import type { Wrangler, WranglerRun } from "../wrangler.ts";
import type { Diagnosis } from "../twilio/failure-words.ts";

export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly diagnosis: Diagnosis };

const done = <T>(value: T): Outcome<T> => ({ kind: "done", value });

/** The Cloudflare account that wrangler is logged in to, for one Worker. */
export class CloudflareAccount {
  readonly #wrangler: Wrangler;
  /** Names the Worker, because wrangler would use the name in wrangler.toml. */
  readonly #worker: readonly string[];

  constructor(wrangler: Wrangler, workerName: string) {
    this.#wrangler = wrangler;
    this.#worker = ["--env=", "--name", workerName];
  }

  async checkLogin(): Promise<Outcome<undefined>> {
    const run = await this.#wrangler.run(["whoami", "--json"]);
    return run.exitCode === 0 ? done(undefined) : this.#failed(run, "find an account");
  }

  /** Returns the names of the Worker's secrets; none if the Worker does not exist yet. */
  async listSecrets(): Promise<Outcome<ReadonlySet<string>>> {
    const run = await this.#wrangler.run(["secret", "list", ...this.#worker]);
    if (run.exitCode !== 0)
      return isMissingWorker(run) ? done(new Set()) : this.#failed(run, "list the secrets");
    const listed = v.safeParse(secretList, parseJson(run.stdout));
    return listed.success
      ? done(new Set(listed.output.map(({ name }) => name)))
      : this.#failed(run, "read the list of secrets");
  }

  /**
   * Sets all secrets in one request. They go through stdin, so that no argument, file or
   * environment holds them.
   */
  async putSecrets(secrets: Readonly<Record<string, string>>): Promise<Outcome<undefined>> {
    const run = await this.#wrangler.run(["secret", "bulk", ...this.#worker], {
      input: JSON.stringify(secrets),
    });
    if (run.exitCode === 0) return done(undefined);
    // The output of this command may repeat its input, so only the number of an error is shown.
    const code = /\[code: (\d{1,8})\]/.exec(run.output)?.[1];
    const shownOutput = isAccess(run.output)
      ? run.output
      : code === undefined
        ? ""
        : `[code: ${code}]`;
    return this.#failed({ ...run, output: shownOutput }, "put the secrets");
  }

  #failed(run: WranglerRun, task: string): Outcome<never> {
    return { kind: "failed", diagnosis: describe(run, task) };
  }
}

const secretList = v.array(v.object({ name: v.string() }));

/** Whether wrangler reports that the Worker was never deployed (code 10007 of the API). */
const isMissingWorker = ({ output }: WranglerRun): boolean =>
  /Worker "[^"]*"[^\n]*not found|\b10007\b/.test(output);

/** Output that is replaced by a sentence of this file. */
const loginWords = /"loggedIn":\s*false|CLOUDFLARE_API_TOKEN|not authenticated|wrangler login/i;
const networkWords = /fetch failed|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|getaddrinfo/i;
const isAccess = (output: string): boolean => loginWords.test(output) || networkWords.test(output);

function describe(run: WranglerRun, task: string): Diagnosis {
  const { output } = run;
  if (loginWords.test(output))
    return {
      detail: "wrangler is not logged in to Cloudflare",
      cure: "Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN (and CLOUDFLARE_ACCOUNT_ID).",
    };
  if (networkWords.test(output))
    return {
      detail: "Cloudflare cannot be reached",
      cure: "Check the network and https://www.cloudflarestatus.com.",
    };
  const firstLines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(0, 3)
    .join(" ");
  return {
    detail: `wrangler could not ${task}${firstLines === "" ? "" : `: ${firstLines.slice(0, 300)}`}`,
    cure: "Read wrangler's message. An API token needs the permissions Workers Scripts: Edit and Workers KV Storage: Edit.",
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
