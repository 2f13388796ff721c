import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { UnreadableFile } from "./whole-file.ts";
import { wranglerIn, type Wrangler } from "./wrangler.ts";

/** The surroundings of a command: its folder, its output and wrangler. */
export interface CommandIo {
  /** The project's folder. */
  readonly directory: string;
  /** Whether the operator can answer questions on a terminal. */
  readonly canAsk: boolean;
  /** Whether stdout supports colours. */
  readonly hasColours: boolean;
  /** Prints to stdout. */
  readonly say: (text: string) => void;
  /** Prints to stderr. */
  readonly complain: (text: string) => void;
  readonly wrangler: Wrangler;
}

/**
 * A command. It gets its arguments, its environment and its surroundings, and returns the exit
 * code.
 */
export type Main = (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  io: CommandIo,
) => Promise<number>;

/**
 * Runs a command and returns its exit code. If a file cannot be read, it prints a sentence and
 * returns 2.
 */
export async function runCommand(main: Main, ...[args, env, io]: Parameters<Main>) {
  try {
    return await main(args, env, io);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    io.complain(error.message);
    return 2;
  }
}

/** Runs a command in this process if its file is the script that Node started. */
export async function runAsScript(file: string, main: Main): Promise<void> {
  const [, script = "", ...args] = process.argv;
  // The path may contain a symbolic link.
  if ((await realpath(script).catch(() => "")) !== file) return;
  const directory = join(import.meta.dirname, "..", "..");
  process.exitCode = await runCommand(main, args, process.env, {
    directory,
    canAsk: process.stdin.isTTY && process.stdout.isTTY,
    hasColours: process.stdout.isTTY,
    say: (text) => console.log(text),
    complain: (text) => console.error(text),
    wrangler: wranglerIn(directory),
  });
}
