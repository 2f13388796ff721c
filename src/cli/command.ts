import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { UnreadableFile } from "./whole-file.ts";
import { wranglerIn, type Wrangler } from "./wrangler.ts";

/** Where a command runs, and how it speaks. */
export interface CommandIo {
  /** The project's folder. */
  readonly directory: string;
  /** Whether a person is there to be asked. */
  readonly canAsk: boolean;
  /** Whether stdout shows colours. */
  readonly hasColours: boolean;
  /** Prints to stdout. */
  readonly say: (text: string) => void;
  /** Prints to stderr. */
  readonly complain: (text: string) => void;
  readonly wrangler: Wrangler;
}

/** A command: its arguments, its environment, and where it runs. Returns the exit code. */
export type Main = (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  io: CommandIo,
) => Promise<number>;

/** The exit code of a command. A file that cannot be read is told in a sentence, and makes it 2. */
export async function runCommand(main: Main, ...[args, env, io]: Parameters<Main>) {
  try {
    return await main(args, env, io);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    io.complain(error.message);
    return 2;
  }
}

/** Runs a command as this process, where its file is the script that Node was given. */
export async function runAsScript(file: string, main: Main): Promise<void> {
  const [, script = "", ...args] = process.argv;
  // The folder may have been reached by a link.
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
