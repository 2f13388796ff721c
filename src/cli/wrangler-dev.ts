import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { ChildOutput, printTo, type Stream } from "./child-output.ts";
import { endGroup, killGroup, ownGroup } from "./process-group.ts";
import { wranglerEnvironment, wranglerScript } from "./wrangler.ts";

export interface WranglerDevOptions {
  /** The name in messages. */
  readonly name: string;
  /** The text before each of its lines in the terminal. */
  readonly label: string;
  /** The project's folder. */
  readonly directory: string;
  /** The configuration file, relative to the folder. */
  readonly config: string;
  readonly port: number;
  readonly extraArguments: readonly string[];
  /** True: each request and each reload is a line in the terminal. */
  readonly showsRequests?: boolean;
}

/**
 * Milliseconds to wait for the last output after the process has ended. A stray process that holds
 * the pipe open must not block the end.
 */
const lastOutputMs = 1_000;

/** One `wrangler dev` process on 127.0.0.1. */
export class WranglerDev {
  readonly name: string;
  readonly origin: string;
  readonly output: ChildOutput;
  /** Resolves with a description of how it ended. Never rejects. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #outputEnded: Promise<void>;
  readonly #killAtExit: () => void;

  constructor(options: WranglerDevOptions) {
    this.name = options.name;
    this.origin = `http://127.0.0.1:${options.port}`;
    this.output = new ChildOutput(printTo(options.label), options.showsRequests);
    const child = spawn(
      process.execPath,
      [wranglerScript(options.directory), ...devArguments(options)],
      {
        ...ownGroup,
        cwd: options.directory,
        env: wranglerEnvironment(),
        // stdin is not the terminal, because the hotkeys of two wranglers would conflict.
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#child = child;
    this.#listen("stdout");
    this.#listen("stderr");
    this.exited = whenExited(child);
    this.#outputEnded = new Promise((resolve) => child.once("close", () => resolve()));
    this.#killAtExit = () => killGroup(child);
    process.once("exit", this.#killAtExit);
  }

  /** Ends the process and everything that it started. If `force` resolves, it is killed at once. */
  async end(force: Promise<unknown>): Promise<void> {
    await endGroup(this.#child, this.exited, force);
    process.off("exit", this.#killAtExit);
    await Promise.race([this.#outputEnded, delay(lastOutputMs, undefined, { ref: false })]);
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  #listen(stream: Stream): void {
    const input = this.#child[stream];
    if (input !== null) createInterface({ input }).on("line", this.output.sink(stream));
  }
}

function devArguments({ config, port, extraArguments }: WranglerDevOptions): string[] {
  const place = ["--config", config, "--env=", "--ip", "127.0.0.1", "--port", `${port}`];
  // 0 means any free port: two wranglers cannot both use 9229.
  const quiet = ["--inspector-port", "0", "--show-interactive-dev-session=false"];
  return ["dev", ...place, ...quiet, ...extraArguments];
}

function whenExited(child: ChildProcess): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  child.once("error", (error) => resolve(`could not be started: ${error.message}`));
  child.once("exit", (code, signal) =>
    resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
  );
  return promise;
}
