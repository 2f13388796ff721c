/** The fields of one event of the log. */
export type Fields = Readonly<Record<string, unknown>>;

/** A line for the terminal, and the event it is of, where it is of one. */
export interface TailLine {
  readonly text: string;
  readonly fields?: Fields;
}

/** Names that several events of one story share: of requests, verifications, and Twilio's sids. */
const sharedNames = ["request_id", "send_request_id", "verification", "sid"];

/** Lines that may turn out to belong to the story, once a later line tells how. */
const mostHeld = 10_000;

/**
 * The lines that belong to what is searched for: those that have it, and those that share a name
 * with one of them. So the last digits of a number also find the check whose line has no number.
 */
export class Story {
  readonly #isSought: (line: TailLine) => boolean;
  readonly #names = new Set<unknown>();
  #held: readonly TailLine[] = [];

  constructor(search: string) {
    this.#isSought = soughtBy(search);
  }

  /** The lines that belong, in their order; earlier ones among them that only now turn out to. */
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
    this.#held = known.filter((line) => !found.has(line)).slice(-mostHeld);
    return known.filter((line) => found.has(line));
  }

  #belongs(line: TailLine): boolean {
    return this.#isSought(line) || namesIn(line).some((name) => this.#names.has(name));
  }
}

const namesIn = ({ fields = {} }: TailLine): unknown[] =>
  sharedNames.map((name) => fields[name]).filter((name) => name !== undefined);

/** Digits are the end of a number, or the whole of one; everything else may stand in any field. */
function soughtBy(search: string): (line: TailLine) => boolean {
  const number = search.replaceAll(/[\s().-]/g, "");
  if (/^\+?\d+$/.test(number))
    return ({ fields = {} }) => isOfNumber(number, fields) || isOfRequest(number, fields);
  const text = search.toLowerCase();
  return ({ fields, text: printed }) =>
    (fields === undefined ? [printed] : Object.values(fields)).some(
      (value) => typeof value === "string" && value.toLowerCase().includes(text),
    );
}

/** The tail prints the first eight characters of a request id, which may all be digits. */
const isOfRequest = (digits: string, { request_id: id }: Fields): boolean =>
  digits.length >= 8 && typeof id === "string" && id.startsWith(digits);

/** `to` is `+1•••••0123`, `prefix` is `+1201555••••`: of a number only one of both ends is shown. */
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
