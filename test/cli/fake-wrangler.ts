/**
 * The one program that a test cannot log in to: wrangler, as far as our tools use it. It answers in
 * wrangler 4.155's words and forms, keeps an account in `cloudflare.json`, and writes down each call.
 */
export interface FakeCloudflare {
  loggedIn: boolean;
  /** A Worker that was never deployed has no list of secrets. */
  workerExists: boolean;
  secrets: Record<string, string>;
  /** Commands that fail, with what they say. */
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

export const fakeWrangler = `
const { readFileSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2).filter((arg) => arg !== "--env=");
const path = "cloudflare.json";
const account = JSON.parse(readFileSync(path, "utf8"));
const readsInput = args[0] === "secret" && ["bulk", "put"].includes(args[1]);
const input = readsInput ? readFileSync(0, "utf8") : "";
const command = args.filter((arg) => !arg.startsWith("--")).join(" ");
account.calls.push(args.join(" "));
const save = () => writeFileSync(path, JSON.stringify(account));
const end = (code, out, error = "") => {
  save();
  process.stdout.write(out);
  process.stderr.write(error);
  process.exit(code);
};
const refuse = (text) => end(1, "", "\\u001b[31m✘ [ERROR]\\u001b[0m " + text + "\\n");
const failure = Object.entries(account.failures).find(([name]) => command.startsWith(name));
const isOffline = args.includes("--dry-run");
if (command === "whoami") end(account.loggedIn ? 0 : 1, JSON.stringify({ loggedIn: account.loggedIn }) + "\\n");
if (!account.loggedIn && !isOffline)
  refuse("In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable for wrangler to work.");
if (failure !== undefined) refuse(failure[1] + " " + input);
if (command === "secret list") {
  if (!account.workerExists) refuse('Worker "phonegate" not found.\\n\\nIf this is a new Worker, run \`wrangler deploy\` first to create it.');
  end(0, JSON.stringify(Object.keys(account.secrets).map((name) => ({ name, type: "secret_text" })), null, 2) + "\\n");
}
if (command === "secret bulk") {
  Object.assign(account.secrets, JSON.parse(input));
  account.workerExists = true;
  end(0, "✨ Success\\n");
}
if (command.startsWith("secret put ")) {
  account.secrets[args[2]] = input.trim();
  end(0, "✨ Success! Uploaded secret " + args[2] + "\\n");
}
if (["login", "rollback", "tail"].includes(args[0])) end(0, "");
if (command.startsWith("deploy")) {
  if (!isOffline) account.workerExists = true;
  end(0, isOffline ? "--dry-run: exiting now.\\n" : "Deployed phonegate\\n");
}
refuse("Unknown command: " + command);
`;
