import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Wrangler } from "../../src/cli/wrangler.ts";

/**
 * A fake wrangler, because a test cannot log in to Cloudflare. It gives the same answers as
 * wrangler 4.155 to the commands that the project uses. It keeps an account in `cloudflare.json`
 * and records each call.
 */
export interface FakeCloudflare {
  loggedIn: boolean;
  /** False for a Worker that was never deployed: then it has no list of secrets. */
  workerExists: boolean;
  secrets: Record<string, string>;
  /** Commands that fail, each with its message. */
  failures: Record<string, string>;
  calls: string[];
}

export const emptyCloudflare: FakeCloudflare = {
  loggedIn: true,
  workerExists: false,
  secrets: {},
  failures: {},
  calls: [],
};

interface Answer {
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

/**
 * Answers one call and changes the account. It uses no other function, because `fakeWrangler`
 * contains its source.
 */
function answerOf(account: FakeCloudflare, given: readonly string[], input: string): Answer {
  const args = given.filter((arg) => arg !== "--env=");
  const withValue = ["--name", "--config", "--var", "--define", "--outdir"];
  const command = args
    .filter((arg, at) => !arg.startsWith("--") && !withValue.includes(args[at - 1] ?? ""))
    .join(" ");
  account.calls.push(args.join(" "));
  const end = (exitCode: number, out: string, error = ""): Answer => ({ exitCode, out, error });
  const refuse = (words: string) => end(1, "", `\u001b[31m✘ [ERROR]\u001b[0m ${words}\n`);
  const failure = Object.entries(account.failures).find(([name]) => command.startsWith(name));
  const isOffline = args.includes("--dry-run");
  const { loggedIn } = account;
  if (command === "whoami") return end(loggedIn ? 0 : 1, `${JSON.stringify({ loggedIn })}\n`);
  if (!loggedIn && !isOffline)
    return refuse(
      "In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable for wrangler to work.",
    );
  if (failure !== undefined) return refuse(`${failure[1]} ${input}`);
  if (command === "secret list") {
    if (!account.workerExists)
      return refuse(
        'Worker "phonegate" not found.\n\nIf this is a new Worker, run `wrangler deploy` first to create it.',
      );
    const secrets = Object.keys(account.secrets).map((name) => ({ name, type: "secret_text" }));
    return end(0, `${JSON.stringify(secrets, null, 2)}\n`);
  }
  if (command === "secret bulk") {
    Object.assign(account.secrets, JSON.parse(input));
    account.workerExists = true;
    return end(0, "✨ Success\n");
  }
  if (command.startsWith("secret put ")) {
    account.secrets[args[2] ?? ""] = input.trim();
    return end(0, `✨ Success! Uploaded secret ${args[2]}\n`);
  }
  if (["login", "rollback", "tail"].includes(args[0] ?? "")) return end(0, "");
  if (command.startsWith("deploy")) {
    if (!isOffline) account.workerExists = true;
    return end(0, isOffline ? "--dry-run: exiting now.\n" : "Deployed phonegate\n");
  }
  return refuse(`Unknown command: ${command}`);
}

const accountFile = "cloudflare.json";

/** The fake as a script that a process runs. */
export const fakeWrangler = `
const { readFileSync, writeFileSync } = require("node:fs");
const [, , ...args] = process.argv;
const account = JSON.parse(readFileSync("${accountFile}", "utf8"));
const readsInput = args[0] === "secret" && ["bulk", "put"].includes(args[1]);
const answer = (${answerOf.toString()})(account, args, readsInput ? readFileSync(0, "utf8") : "");
writeFileSync("${accountFile}", JSON.stringify(account));
process.stdout.write(answer.out);
process.stderr.write(answer.error);
process.exitCode = answer.exitCode;
`;

/** The fake for commands that run in the test's process. `show` receives its output. */
export function wranglerInProcess(directory: string, show: (text: string) => void): Wrangler {
  const path = join(directory, accountFile);
  const call = (args: readonly string[], input = ""): Answer => {
    const account = JSON.parse(readFileSync(path, "utf8")) as FakeCloudflare;
    const answer = answerOf(account, args, input);
    writeFileSync(path, JSON.stringify(account));
    return answer;
  };
  return {
    async run(args, { input } = {}) {
      const { exitCode, out, error } = call(args, input);
      const output = stripVTControlCharacters(`${error}\n${out}`).trim();
      return { exitCode, stdout: out, output };
    },
    async show(args) {
      const { exitCode, out, error } = call(args);
      show(out + error);
      return exitCode;
    },
  };
}
