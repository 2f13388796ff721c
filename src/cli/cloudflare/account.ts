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
  /** wrangler would take the name of wrangler.toml. */
  readonly #worker: readonly string[];

  constructor(wrangler: Wrangler, workerName: string) {
    this.#wrangler = wrangler;
    this.#worker = ["--env=", "--name", workerName];
  }

  async checkLogin(): Promise<Outcome<undefined>> {
    const run = await this.#wrangler.run(["whoami", "--json"]);
    return run.exitCode === 0 ? done(undefined) : this.#failed(run, "find an account");
  }

  /** The names of the Worker's secrets; none where there is no such Worker yet. */
  async listSecrets(): Promise<Outcome<ReadonlySet<string>>> {
    const run = await this.#wrangler.run(["secret", "list", ...this.#worker]);
    if (run.exitCode !== 0)
      return isMissingWorker(run) ? done(new Set()) : this.#failed(run, "list the secrets");
    const listed = v.safeParse(secretList, parseJson(run.stdout));
    return listed.success
      ? done(new Set(listed.output.map(({ name }) => name)))
      : this.#failed(run, "read the list of secrets");
  }

  /** All of them in one request, by stdin: in no argument, no file and no environment. */
  async putSecrets(secrets: Readonly<Record<string, string>>): Promise<Outcome<undefined>> {
    const run = await this.#wrangler.run(["secret", "bulk", ...this.#worker], {
      input: JSON.stringify(secrets),
    });
    if (run.exitCode === 0) return done(undefined);
    // What it says of this command may repeat its input: only the number of an error is told.
    const code = /\[code: (\d{1,8})\]/.exec(run.said)?.[1];
    const told = isAccess(run.said) ? run.said : code === undefined ? "" : `[code: ${code}]`;
    return this.#failed({ ...run, said: told }, "put the secrets");
  }

  #failed(run: WranglerRun, doing: string): Outcome<never> {
    return { kind: "failed", diagnosis: describe(run, doing) };
  }
}

const secretList = v.array(v.object({ name: v.string() }));

/** Wrangler's words, of a Worker that was never deployed (code 10007 of the API). */
const isMissingWorker = ({ said }: WranglerRun): boolean =>
  /Worker "[^"]*"[^\n]*not found|\b10007\b/.test(said);

/** Words of which only their meaning is told. */
const loginWords = /"loggedIn":\s*false|CLOUDFLARE_API_TOKEN|not authenticated|wrangler login/i;
const networkWords = /fetch failed|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|getaddrinfo/i;
const isAccess = (said: string): boolean => loginWords.test(said) || networkWords.test(said);

function describe(run: WranglerRun, doing: string): Diagnosis {
  const { said } = run;
  if (loginWords.test(said))
    return {
      detail: "wrangler is not logged in to Cloudflare",
      cure: "Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN (and CLOUDFLARE_ACCOUNT_ID).",
    };
  if (networkWords.test(said))
    return {
      detail: "Cloudflare cannot be reached",
      cure: "Check the network, and look at https://www.cloudflarestatus.com.",
    };
  const last = said
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(0, 3)
    .join(" ");
  return {
    detail: `wrangler could not ${doing}${last === "" ? "" : `: ${last.slice(0, 300)}`}`,
    cure: "See what wrangler says; an API token needs the permissions Workers Scripts: Edit and Workers KV Storage: Edit.",
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
