import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";

/** The project's own wrangler: the one that its `node_modules` has. */
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
    // No look-up of sample `request.cf` data: it waits long without a network.
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  };
}

export interface WranglerRun {
  readonly exitCode: number;
  readonly stdout: string;
  /** Both streams, without colours: for people, and never where a secret was the input. */
  readonly said: string;
}

interface WranglerInput {
  /** The whole stdin: that is how secrets go in. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The wrangler of one project. */
export interface Wrangler {
  /** Runs one command to its end. */
  run(args: readonly string[], given?: WranglerInput): Promise<WranglerRun>;
  /** Runs it on our own terminal, for people to watch. Returns the exit code. */
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
  // A wrangler that ends before it has read its input is judged by its exit code.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  const said = stripVTControlCharacters(`${stderr}\n${stdout}`).trim();
  return { exitCode: child.exitCode ?? 1, stdout, said };
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
