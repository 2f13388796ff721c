import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url).href);
const WRANGLER = fileURLToPath(
  new URL("../../node_modules/wrangler/bin/wrangler.js", import.meta.url).href,
);

export interface DevServer {
  origin: string;
  /** All output so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts the twin as a developer does: with wrangler, workerd and the real Durable Object. */
export async function startTwin(port: number, persistTo: string): Promise<DevServer> {
  const args = ["dev", "-c", "src/twin/wrangler.toml", "--port", String(port)];
  const child = spawn(process.execPath, [WRANGLER, ...args, "--persist-to", persistTo], {
    cwd: ROOT,
    env: { ...process.env, CI: "true", WRANGLER_LOG: "error" },
    stdio: ["ignore", "pipe", "pipe"],
    // Its own process group, so that wrangler's children always end with it.
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  const origin = `http://127.0.0.1:${port}`;
  const stop = () => stopGroup(child);
  // An interrupted test run must not leave a server behind.
  process.once("exit", () => signalGroup(child.pid ?? 0, "SIGKILL"));
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`wrangler dev ended:\n${output}`);
    const ready = await fetch(`${origin}/twin/ready`).catch(() => undefined);
    if (ready?.ok) return { origin, output: () => output, stop };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await stop();
  throw new Error(`the twin did not become ready:\n${output}`);
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const ended = child.exitCode === null ? once(child, "exit") : Promise.resolve();
  signalGroup(child.pid, "SIGTERM");
  const tooLong = setTimeout(() => signalGroup(child.pid ?? 0, "SIGKILL"), 10_000);
  await ended;
  clearTimeout(tooLong);
  signalGroup(child.pid, "SIGKILL");
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(-pid, signal);
  } catch {
    // The whole group has already ended.
  }
}
