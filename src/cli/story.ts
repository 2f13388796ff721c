/** The fields of one event of the log. */
export type Fields = Readonly<Record<string, unknown>>;

/** A line for the terminal, and the event that it shows, if it shows one. */
export interface TailLine {
  readonly text: string;
  readonly fields?: Fields;
}

/**
 * Fields that connect the events of one story: ids of requests and verifications, and Twilio's
 * sids.
 */
const sharedNames = ["request_id", "send_request_id", "verification", "sid"];

/** The number of lines to keep because a later line may connect them to the story. */
const maxHeld = 10_000;

/**
 * Finds the lines of one story: those that contain the search text, and those that share an id with
 * such a line. So the last digits of a number also find the check, whose line has no number.
 */
export class Story {
  readonly #matchesSearch: (line: TailLine) => boolean;
  readonly #names = new Set<unknown>();
  #held: readonly TailLine[] = [];

  constructor(search: string) {
    this.#matchesSearch = matcherOf(search);
  }

  /**
   * Returns the lines of the story in order. They include earlier lines that the new ones connect
   * to it.
   */
  add(lines: readonly TailLine[]): TailLine[] {
    const known = [...this.#held, ...lines];
    const found = new Set<TailLine>();
    for (let before = -1; before < found.size;) {
      before = found.size;
      for (const line of known)
        if (!found.has(line) && this.#belongs(line)) {
          found.add(line);
          for (const name of namesIn(line)) this.#names.add(name);
        }
    }
    this.#held = known.filter((line) => !found.has(line)).slice(-maxHeld);
    return known.filter((line) => found.has(line));
  }

  #belongs(line: TailLine): boolean {
    return this.#matchesSearch(line) || namesIn(line).some((name) => this.#names.has(name));
  }
}

const namesIn = ({ fields = {} }: TailLine): unknown[] =>
  sharedNames.map((name) => fields[name]).filter((name) => name !== undefined);

/** Digits match the end of a number or a whole number. Other text matches any field. */
function matcherOf(search: string): (line: TailLine) => boolean {
  const number = search.replaceAll(/[\s().-]/g, "");
  if (/^\+?\d+$/.test(number))
    return ({ fields = {} }) => isOfNumber(number, fields) || isOfRequest(number, fields);
  const text = search.toLowerCase();
  return ({ fields, text: printed }) =>
    (fields === undefined ? [printed] : Object.values(fields)).some(
      (value) => typeof value === "string" && value.toLowerCase().includes(text),
    );
}

/** The tail prints the first eight characters of a request id. All of them may be digits. */
const isOfRequest = (digits: string, { request_id: id }: Fields): boolean =>
  digits.length >= 8 && typeof id === "string" && id.startsWith(digits);

/** `to` is `+1•••••0123` and `prefix` is `+1201555••••`: each shows only a part of the number. */
function isOfNumber(number: string, { to, prefix }: Fields): boolean {
  if (typeof prefix === "string" && number.startsWith("+"))
    return number.startsWith(prefix.replace(/•+$/, ""));
  if (typeof to !== "string") return false;
  const [start = "", end = ""] = to.split(/•+/);
  if (end === "") return false;
  return number.length < end.length
    ? end.endsWith(number)
    : number.endsWith(end) && (!number.startsWith("+") || number.startsWith(start));
}
