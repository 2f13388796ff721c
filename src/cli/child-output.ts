import { stripVTControlCharacters } from "node:util";
import { createChatterFilter } from "./chatter.ts";

export type Stream = "stdout" | "stderr";
export type Print = (line: string, stream: Stream) => void;

const keptLines = 60;

/**
 * What a child says. Until `release` all of it is held back: a start that fails is then told once and in order.
 * Afterwards chatter alone is held back, the last of it for the report of a death.
 */
export class ChildOutput {
  readonly #print: Print;
  #unseen: { line: string; stream: Stream; chatter: boolean }[] = [];
  #released = false;

  constructor(print: Print) {
    this.#print = print;
  }

  /** Takes the lines of one stream. Each has a filter of its own, since a table may stand in one of them. */
  sink(stream: Stream): (line: string) => void {
    const isChatter = createChatterFilter();
    return (line) => {
      const chatter = isChatter(line);
      if (this.#released && !chatter) this.#print(line, stream);
      else this.#unseen = [...this.#unseen, { line, stream, chatter }].slice(-keptLines);
    };
  }

  /** From now on the child's own words go to the terminal, with those that were held back first. */
  release(): void {
    this.#released = true;
    for (const { line, stream, chatter } of this.#unseen) if (!chatter) this.#print(line, stream);
    this.#unseen = [];
  }

  /** The last lines that the terminal has not shown. */
  unseen(): string[] {
    const lines = this.#unseen.map(({ line }) => stripVTControlCharacters(line).trimEnd());
    return lines.filter((line) => line !== "");
  }
}

/** Prints to our own terminal, without colours where it is none. */
export function printTo(label: string): Print {
  return (line, stream) => {
    const text = process[stream].isTTY ? line : stripVTControlCharacters(line);
    process[stream].write(`${label}${text}\n`);
  };
}
