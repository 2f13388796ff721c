import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Story, type TailLine } from "./story.ts";
import { TailReader } from "./tail-lines.ts";
import { readTailOptions, usage, type TailOptions } from "./tail-options.ts";

/**
 * `npm run tail`: prints the events of the deployed Worker in a readable form. `--stdin` reads a
 * log from stdin instead. `--search` prints one story of it.
 */
const args = process.argv.slice(2);
const reader = new TailReader({ colours: process.stdout.isTTY });

// The reader may close the pipe early: `npm run tail | head`.
process.stdout.on("error", () => process.exit(0));

/** Prints all lines at the end, because a late line may connect an early line to the story. */
async function printKept(input: NodeJS.ReadableStream, story: Story): Promise<void> {
  const lines: TailLine[] = [];
  for await (const line of createInterface({ input })) lines.push(...reader.read(line));
  print(story.add([...lines, ...reader.end()]));
}

async function printLive(input: NodeJS.ReadableStream, story: Story | undefined): Promise<void> {
  const printOf = (lines: TailLine[]) => print(story?.add(lines) ?? lines);
  for await (const line of createInterface({ input })) printOf(reader.read(line));
  printOf(reader.end());
}

function print(lines: readonly TailLine[]): void {
  for (const { text } of lines) process.stdout.write(`${text}\n`);
}

async function tail({ readsStdin, search, others }: TailOptions): Promise<void> {
  const story = search === undefined ? undefined : new Story(search);
  if (readsStdin)
    return story === undefined ? printLive(process.stdin, story) : printKept(process.stdin, story);
  const wrangler = createRequire(import.meta.url).resolve("wrangler/package.json");
  const command = [join(wrangler, "../bin/wrangler.js"), "tail", "--format", "json", ...others];
  const quiet = { WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false" };
  const child = spawn(process.execPath, command, {
    stdio: ["inherit", "pipe", "inherit"],
    env: { ...quiet, ...process.env },
  });
  // The terminal sends Ctrl-C to both processes. wrangler ends its tail, and then this process
  // ends.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 1)));
  await printLive(child.stdout, story);
  process.exitCode = await ended;
}

const options = readTailOptions(args);
if (args.includes("--help")) console.log(usage);
else if (typeof options !== "string") await tail(options);
else {
  console.error(`${options}\n\n${usage}`);
  process.exitCode = 2;
}
