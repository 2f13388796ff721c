import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { freePort } from "../helpers/free-port.ts";
import type { ProjectCopy } from "./project-copy.ts";

export interface StartOptions {
  readonly env?: Record<string, string>;
  /** @default `node src/cli/start.ts` */
  readonly command?: readonly [string, ...string[]];
}

/**
 * One run of the script with all its child processes, which inherit a mark in their environment.
 */
export class Started {
  readonly child: ChildProcess;
  readonly exitCode: Promise<number | null>;
  /** Resolves when no process holds its output open any more. */
  readonly closed: Promise<void>;
  #text = "";
  readonly #mark = randomUUID();

  constructor(copy: ProjectCopy, options: StartOptions = {}) {
    const [command, ...rest] = options.command ?? [
      process.execPath,
      join(copy.directory, "src", "cli", "start.ts"),
    ];
    this.child = spawn(command, rest, {
      cwd: copy.directory,
      // Its own process group, so that a test can signal it as a terminal does.
      detached: true,
      env: {
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        HOME: copy.directory,
        PHONEGATE_TEST_MARK: this.#mark,
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#text += text;
      });
    const { promise, resolve } = Promise.withResolvers<number | null>();
    this.child.once("error", (error) => {
      this.#text += error.message;
      resolve(null);
    });
    this.child.once("exit", (code) => resolve(code));
    this.exitCode = promise;
    this.closed = new Promise((close) => void this.child.once("close", () => close()));
    onTestFinished(() => this.#killAll());
  }

  get output(): string {
    return this.#text;
  }

  /**
   * Waits until the output contains `text`. Throws an error with the whole output if the script
   * ends before.
   */
  async waitForOutput(text: string): Promise<void> {
    const gone = this.exitCode.then(() => true);
    while (!this.#text.includes(text)) {
      if (await Promise.race([gone, delay(50, false)])) {
        await delay(200);
        if (this.#text.includes(text)) return;
        throw new Error(`ended without printing "${text}":\n${this.#text}`);
      }
    }
  }

  /**
   * Returns the running processes of this start with their command lines. Zombies have no
   * environment, so they do not count.
   */
  processes(): { pid: number; commandLine: string }[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => readProc(pid, "environ").includes(this.#mark))
      .map((pid) => ({
        pid: Number(pid),
        commandLine: readProc(pid, "cmdline").replaceAll("\0", " "),
      }));
  }

  /** Kills all processes after a test that failed. */
  async #killAll(): Promise<void> {
    for (const { pid } of this.processes()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // The process has ended already.
      }
    }
    await this.exitCode;
  }
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(join("/proc", pid, file), "utf8");
  } catch {
    return "";
  }
}

export async function freePorts(): Promise<{ PORT: string; TWIN_PORT: string }> {
  return { PORT: `${await freePort()}`, TWIN_PORT: `${await freePort()}` };
}

export async function listen(port: number): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", () => resolve());
  await promise;
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  const close = async (): Promise<void> => {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    await closed.promise;
  };
  return { port: address.port, close };
}

export async function refusesConnections(port: string): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => false,
    (error: unknown) =>
      error instanceof Error &&
      error.cause instanceof Error &&
      "code" in error.cause &&
      error.cause.code === "ECONNREFUSED",
  );
}
