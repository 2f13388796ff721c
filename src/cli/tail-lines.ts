import { stripVTControlCharacters } from "node:util";

import type { Fields, TailLine } from "./story.ts";

/** Fields that have a fixed column in a line, or that only programs need. */
const placed = new Set(["event", "level", "country", "colo", "to", "ms", "hops", "request_id"]);

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "");

const pad = (value: unknown, width: number): string =>
  (value === undefined ? "" : textOf(value)).padEnd(width);

/** Returns the hops with their milliseconds, such as `kv 3, phone_ledger 12`. */
const hopsOf = (hops: unknown): string =>
  isFields(hops)
    ? Object.entries(hops)
        .map(([name, ms]) => `${name} ${textOf(ms)}`)
        .join(", ")
    : "";

/**
 * Makes the events of a log readable. It accepts the output of `wrangler tail --format json`
 * (objects over many lines), and a log with one event per line, with or without a label. It returns
 * every other line unchanged.
 */
export class TailReader {
  readonly #colours: boolean;
  /** The lines of an object that is not complete yet. */
  #open: string[] | undefined;

  constructor({ colours }: { readonly colours: boolean }) {
    this.#colours = colours;
  }

  read(line: string): TailLine[] {
    if (this.#open !== undefined) {
      this.#open.push(line);
      if (line !== "}") return [];
      return this.end();
    }
    if (line === "{") {
      this.#open = [line];
      return [];
    }
    const start = line.indexOf("{");
    const found = start < 0 ? undefined : parsed(line.slice(start));
    return (found && this.#parsed(found)) ?? [this.#plain(line)];
  }

  /** Ends the input. Lines of an incomplete object are returned unchanged. */
  end(): TailLine[] {
    const lines = this.#open ?? [];
    this.#open = undefined;
    const found = parsed(lines.join("\n"));
    return (found && this.#parsed(found)) ?? lines.map((line) => this.#plain(line));
  }

  #parsed(found: Fields): TailLine[] | undefined {
    const event = this.#event(found);
    return this.#invocation(found) ?? (event && [event]);
  }

  /** One request in the format of `wrangler tail`: its log, its exceptions and its outcome. */
  #invocation({ logs, exceptions, outcome, eventTimestamp }: Fields): TailLine[] | undefined {
    if (!Array.isArray(logs) || typeof outcome !== "string") return undefined;
    const lines = logs.filter(isFields).flatMap(({ message, timestamp }) => {
      const texts = Array.isArray(message) ? message : [message];
      return texts.map((text) => this.#logged(textOf(text), timestamp));
    });
    const thrown = Array.isArray(exceptions) ? exceptions.filter(isFields) : [];
    const failed = thrown.map(({ name, message }) => `${textOf(name)}: ${textOf(message)}`);
    const ending = outcome === "ok" ? failed : [...failed, `the request ended: ${outcome}`];
    const at = timeOf(eventTimestamp);
    // Exceptions get the request id of the same request's events.
    const fields = lines.find((line) => line.fields)?.fields;
    const of = fields && { fields: { request_id: fields.request_id } };
    const endLines = ending.map((text) => this.#paint("alert", `${at}${stripControls(text)}`));
    return [...lines, ...endLines.map((text) => ({ text, ...of }))];
  }

  #logged(text: string, timestamp: unknown): TailLine {
    const fields = parsed(text);
    const line = fields && this.#event(fields, timestamp);
    return line ?? { text: `${timeOf(timestamp)}${stripControls(text)}` };
  }

  #event(fields: Fields, timestamp?: unknown): TailLine | undefined {
    const { event, level, country, colo, to, ms, hops, request_id: request } = fields;
    if (typeof event !== "string") return undefined;
    const rest = Object.entries(fields).filter(([name]) => !placed.has(name));
    const columns = [
      timeOf(timestamp) + pad(level, 8),
      pad(event, 28),
      pad(country, 3),
      pad(to, 14),
      pad(colo, 4),
      ms === undefined ? " ".repeat(8) : `${textOf(ms).padStart(5)} ms`,
      ...rest.map(([name, value]) => `${name}=${textOf(value)}`),
      hopsOf(hops) && `[${hopsOf(hops)}]`,
      typeof request === "string" ? request.slice(0, 8) : "",
    ];
    const line = columns.filter((column) => column !== "").join(" ");
    return { text: this.#paint(level, stripControls(line).trimEnd()), fields };
  }

  #paint(level: unknown, line: string): string {
    const colour = level === "alert" ? 31 : level === "warning" ? 33 : undefined;
    return this.#colours && colour !== undefined ? `\u001B[${colour}m${line}\u001B[0m` : line;
  }

  /** Removes control sequences: a line may contain text from callers. */
  #plain(line: string): TailLine {
    return { text: stripControls(line) };
  }
}

const stripControls = (text: string): string =>
  stripVTControlCharacters(text).replaceAll(/(?!\t)\p{Cc}/gu, "");

const timeOf = (timestamp: unknown): string =>
  typeof timestamp === "number" && Number.isFinite(timestamp)
    ? `${new Date(timestamp).toISOString().slice(11, 23)} `
    : "";
