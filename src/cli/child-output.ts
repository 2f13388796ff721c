import { stripVTControlCharacters } from "node:util";
import { requestLine } from "./request-line.ts";
import { createWranglerNoiseFilter } from "./wrangler-noise.ts";

export type Stream = "stdout" | "stderr";
export type Print = (line: string, stream: Stream) => void;

const keptLines = 60;

/**
 * The output of a child process. Until `release` it is held back, so that a failed start can be
 * reported once and in order. Afterwards only wrangler's own messages are held back. The last of
 * them are kept for the report of a crash. With `showsRequests` it also prints a line for each
 * request and each reload.
 */
export class ChildOutput {
  readonly #print: Print;
  #unseen: { line: string; stream: Stream; noise: boolean }[] = [];
  #released = false;
  readonly #showsRequests: boolean;

  constructor(print: Print, showsRequests = false) {
    this.#print = print;
    this.#showsRequests = showsRequests;
  }

  /**
   * Returns a function that takes the lines of one stream. Each stream has its own filter, because
   * a table may be printed on one of them.
   */
  sink(stream: Stream): (line: string) => void {
    const isNoise = createWranglerNoiseFilter();
    return (line) => {
      const noise = isNoise(line);
      const request = this.#showsRequests && this.#released ? requestLine(line) : undefined;
      if (request !== undefined) this.#print(request, stream);
      else if (this.#released && !noise) this.#print(line, stream);
      else this.#unseen = [...this.#unseen, { line, stream, noise }].slice(-keptLines);
    };
  }

  /**
   * Prints the lines that were held back, and from now on every line, except wrangler's own
   * messages.
   */
  release(): void {
    this.#released = true;
    for (const { line, stream, noise } of this.#unseen) if (!noise) this.#print(line, stream);
    this.#unseen = [];
  }

  /** Returns the last lines that were not printed. */
  unseen(): string[] {
    const lines = this.#unseen.map(({ line }) => stripVTControlCharacters(line).trimEnd());
    return lines.filter((line) => line !== "");
  }
}

/**
 * Returns a function that prints to this process's output. It removes colours if that is not a
 * terminal.
 */
export function printTo(label: string): Print {
  return (line, stream) => {
    const text = process[stream].isTTY ? line : stripVTControlCharacters(line);
    process[stream].write(`${label}${text}\n`);
  };
}
