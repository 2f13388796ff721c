import { parseDuration } from "./duration.ts";
import { nearest } from "./nearest.ts";

/** At most `count` events in a window of `seconds`. */
export interface Limit {
  readonly count: number;
  readonly seconds: number;
}

/**
 * Reads settings and collects all mistakes in `problems`, so that the operator sees them at once. A
 * problem names the setting and the cure. It never shows the value, which may be a misplaced secret.
 *
 * @example
 * const env = new EnvReader({ CODE_TTL: "10 minutes" });
 * env.duration("CODE_TTL", 600, 60, 3600); // 600
 * env.problems; // ["CODE_TTL: must be a duration such as 10m, from 60s to 3600s"]
 */
export class EnvReader {
  readonly problems: string[] = [];
  readonly #env: Readonly<Record<string, unknown>>;
  readonly #known = new Set<string>();

  constructor(env: Readonly<Record<string, unknown>>) {
    this.#env = env;
  }

  /** Notes a mistake of the setting `name`. */
  problem(name: string, cure: string): undefined {
    this.problems.push(`${name}: ${cure}`);
    return undefined;
  }

  /** Returns the trimmed text, or undefined if the setting is unset or empty. */
  text(name: string): string | undefined {
    this.#known.add(name);
    const value = this.#env[name];
    if (value === undefined) return undefined;
    if (typeof value !== "string") return this.problem(name, "must be a text");
    const text = value.trim();
    return text === "" ? undefined : text;
  }

  required(name: string, cure: string): string | undefined {
    return this.text(name) ?? this.problem(name, cure);
  }

  /** Returns the text if it matches the pattern. Otherwise it notes a problem that says `cure`. */
  matching(name: string, pattern: RegExp, cure: string): string | undefined {
    const text = this.text(name);
    if (text === undefined || pattern.test(text)) return text;
    return this.problem(name, cure);
  }

  /** Reads `on` or `off`. An unset flag is off. */
  flag(name: string): boolean {
    return this.matching(name, /^(on|off)$/, "must be on or off") === "on";
  }

  /** Reads a comma-separated list. Empty and repeated entries are mistakes. */
  list(name: string): string[] {
    const text = this.text(name);
    if (text === undefined) return [];
    const entries = text.split(",").map((entry) => entry.trim());
    if (entries.includes("")) this.problem(name, "has an empty entry");
    if (new Set(entries).size < entries.length) this.problem(name, "has an entry twice");
    return entries;
  }

  /**
   * Notes one problem for all wrong entries of a list. It names their positions, since their text may
   * be a secret. `cure` continues the sentence: "must be …".
   */
  wrongEntries(name: string, isWrong: readonly boolean[], cure: string): undefined {
    const places = isWrong.flatMap((wrong, index) => (wrong ? [index + 1] : []));
    if (places.length === 0) return undefined;
    const subject = places.length === 1 ? "entry" : "entries";
    return this.problem(name, `${subject} ${places.join(", ")} ${cure}`);
  }

  /** Reads a duration such as `10m`. `standard`, `least`, `most` and the result are seconds. */
  duration(name: string, standard: number, least: number, most: number): number {
    const text = this.text(name);
    if (text === undefined) return standard;
    const seconds = parseDuration(text);
    if (seconds !== undefined && seconds >= least && seconds <= most) return seconds;
    this.problem(name, `must be a duration such as 10m, from ${least}s to ${most}s`);
    return standard;
  }

  /** Reads a decimal number from `least` to `most`. */
  number(name: string, standard: number, least: number, most: number): number {
    const text = this.text(name);
    if (text === undefined) return standard;
    const number = parseNumber(text, least, most);
    if (number !== undefined) return number;
    this.problem(name, `must be a number from ${least} to ${most}`);
    return standard;
  }

  /**
   * Reads named numbers such as `least:20,share:0.3`. A number that is not named keeps its
   * standard.
   */
  numbers<Name extends string>(
    name: string,
    known: Readonly<Record<Name, NumericBounds>>,
  ): (key: Name) => number {
    const ranges = new Map(Object.entries<NumericBounds>(known));
    const values = new Map<string, number>();
    const isWrong = this.list(name).map((entry) => {
      const [key = "", text = "", ...rest] = entry.split(":");
      const range = ranges.get(key);
      const number = range && parseNumber(text, range.least, range.most);
      if (number === undefined || rest.length > 0 || values.has(key)) return true;
      values.set(key, number);
      return false;
    });
    const cure = `must be a named number: ${[...ranges].map(describeRange).join(", ")}`;
    this.wrongEntries(name, isWrong, cure);
    return (key) => values.get(key) ?? known[key].standard;
  }

  /**
   * Reads limits such as `10/1h,30/1d`: at most five, of different lengths, up to 31 days. A longer
   * window that allows fewer events than a shorter one is a mistake: the shorter would never apply.
   */
  limits(
    name: string,
    standard: readonly Limit[],
    { mostEvents = 100_000, leastSeconds = 1 } = {},
  ): readonly Limit[] {
    if (this.text(name) === undefined) return standard;
    const limits = this.list(name).map(parseLimit);
    const good = limits
      .filter((limit) => limit !== undefined)
      .filter(({ count, seconds }) => count <= mostEvents && seconds >= leastSeconds);
    const lengths = new Set(good.map((limit) => limit.seconds));
    if (good.length < limits.length || lengths.size < good.length || good.length > 5) {
      const range = `1 to ${mostEvents} in ${leastSeconds}s to 31d`;
      this.problem(name, `must be windows such as 10/1h,30/1d: ${range}, five at most`);
      return standard;
    }
    const byLength = good.toSorted((left, right) => left.seconds - right.seconds);
    if (byLength.some(({ count }, index) => count < (byLength[index - 1]?.count ?? 0))) {
      const cure = "raise the longer one, or leave out the shorter";
      this.problem(name, `a longer window allows fewer than a shorter one: ${cure}`);
      return standard;
    }
    return good;
  }

  /** Notes a problem for each setting that was never read: it is a typo, and must not be ignored. */
  refuseUnknown(): void {
    for (const [name, value] of Object.entries(this.#env)) {
      if (!isSetting(value) || this.#known.has(name)) continue;
      const meant = nearest(name, this.#known);
      const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
      this.problem(name, `is not a setting of this version${hint}`);
    }
  }
}

export interface NumericBounds {
  readonly standard: number;
  readonly least: number;
  readonly most: number;
}

const describeRange = ([key, { least, most }]: [string, NumericBounds]): string =>
  `${key} (${least} to ${most})`;

function parseNumber(text: string, least: number, most: number): number | undefined {
  if (!/^\d{1,7}(\.\d{1,4})?$/.test(text)) return undefined;
  const number = Number(text);
  return number >= least && number <= most ? number : undefined;
}

/**
 * Bindings are objects and functions. `wrangler.toml` can give settings as numbers, booleans and
 * arrays.
 */
function isSetting(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value);
}

function parseLimit(text: string): Limit | undefined {
  const [count, duration, ...rest] = text.split("/");
  const seconds = parseDuration(duration ?? "");
  if (!/^[1-9]\d{0,5}$/.test(count ?? "") || seconds === undefined || rest.length > 0)
    return undefined;
  if (Number(count) > 100_000 || seconds > 31 * 86_400) return undefined;
  return { count: Number(count), seconds };
}
