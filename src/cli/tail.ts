import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { TailReader } from "./tail-lines.ts";

/**
 * `npm run tail`: the events of the deployed Worker, readably. `npm run tail -- --stdin` reads a log
 * from its input instead; what else is given goes to `wrangler tail`.
 */
const options = process.argv.slice(2);
const reader = new TailReader({ colours: process.stdout.isTTY });

// Whoever reads us may have gone: `npm run tail | head`.
process.stdout.on("error", () => process.exit(0));

async function printAll(input: NodeJS.ReadableStream): Promise<void> {
  for await (const line of createInterface({ input }))
    for (const out of reader.read(line)) print(out);
  for (const out of reader.end()) print(out);
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (options.includes("--stdin")) {
  await printAll(process.stdin);
} else {
  const wrangler = createRequire(import.meta.url).resolve("wrangler/package.json");
  const args = [join(wrangler, "../bin/wrangler.js"), "tail", "--format", "json", ...options];
  const quiet = { WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false" };
  const child = spawn(process.execPath, args, {
    stdio: ["inherit", "pipe", "inherit"],
    env: { ...quiet, ...process.env },
  });
  // Ctrl-C reaches both from the terminal: wrangler ends its tail, and we end with it.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 1)));
  await printAll(child.stdout);
  process.exitCode = await ended;
}
