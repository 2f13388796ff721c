import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";

/** Returns the path of wrangler in the project's `node_modules`. */
export function wranglerScript(directory: string): string {
  const manifest = createRequire(join(directory, "package.json")).resolve("wrangler/package.json");
  return join(dirname(manifest), "bin", "wrangler.js");
}

export function wranglerEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_WRITE_LOGS: "false",
    // Fetches no sample `request.cf` data, because that waits long without a network.
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  };
}

export interface WranglerRun {
  readonly exitCode: number;
  readonly stdout: string;
  /**
   * stderr and stdout without colours. It may repeat the input, so it must not be shown if that was
   * a secret.
   */
  readonly output: string;
}

interface WranglerInput {
  /** The text for stdin. Secrets are passed here. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The wrangler of one project. */
export interface Wrangler {
  /** Runs one command and collects its output. */
  run(args: readonly string[], given?: WranglerInput): Promise<WranglerRun>;
  /** Runs one command on this terminal, visible to the operator. Returns the exit code. */
  show(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<number>;
}

export const wranglerIn = (directory: string): Wrangler => ({
  run: (args, given) => runWrangler(directory, args, given),
  show: (args, env) => showWrangler(directory, args, env),
});

async function runWrangler(
  directory: string,
  args: readonly string[],
  { input = "", env = {} }: WranglerInput = {},
): Promise<WranglerRun> {
  const child = spawn(process.execPath, [wranglerScript(directory), ...args], {
    cwd: directory,
    env: { ...wranglerEnvironment(), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // wrangler may end before it has read its input. Its exit code then shows the failure.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  const output = stripVTControlCharacters(`${stderr}\n${stdout}`).trim();
  return { exitCode: child.exitCode ?? 1, stdout, output };
}

async function showWrangler(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = spawn(process.execPath, [wranglerScript(directory), ...args], {
    cwd: directory,
    env: { ...wranglerEnvironment(), ...env },
    stdio: "inherit",
  });
  await once(child, "close");
  return child.exitCode ?? 1;
}
