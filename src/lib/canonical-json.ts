import { encodeBase64Url } from "./base64url.ts";

/** Why a value has no canonical form, and where: `path` is dotted, empty for the value itself. */
export interface NotCanonical {
  readonly kind: "refused";
  readonly path: string;
  readonly message: string;
}

export type CanonicalForm = { readonly kind: "ok"; readonly text: string } | NotCanonical;

/** Deeper values are refused: a ring of objects would have no end. */
export const maxCanonicalDepth = 16;

/**
 * The one JSON text of a value (RFC 8785, JCS): no spaces, keys in the order of their UTF-16 code
 * units, numbers and strings as ECMAScript writes them. Only what JSON itself can say is taken:
 * `undefined`, dates, class instances, boxed values, integers beyond ±(2^53 − 1), numbers that are
 * not finite and texts with half a surrogate pair are refused, never dropped or rewritten.
 */
export function canonicalJson(value: unknown): CanonicalForm {
  try {
    return { kind: "ok", text: write(value, []) };
  } catch (error) {
    if (error instanceof Refusal) return error.outcome;
    throw error;
  }
}

/**
 * Base64url SHA-256 of the canonical form in UTF-8, or why there is none: also when the form has
 * more than `maxBytes`.
 */
export async function canonicalHash(
  value: unknown,
  maxBytes: number,
): Promise<{ readonly kind: "ok"; readonly hash: string } | NotCanonical> {
  const form = canonicalJson(value);
  if (form.kind === "refused") return form;
  const bytes = new TextEncoder().encode(form.text);
  if (bytes.length > maxBytes)
    return { kind: "refused", path: "", message: `must have at most ${maxBytes} bytes` };
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return { kind: "ok", hash: encodeBase64Url(new Uint8Array(digest)) };
}

type Path = readonly (string | number)[];

/** Ends the recursion; never leaves this file. */
class Refusal extends Error {
  readonly outcome: NotCanonical;
  constructor(path: Path, message: string) {
    super(message);
    this.outcome = { kind: "refused", path: path.join("."), message };
  }
}

function write(value: unknown, path: Path): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return writeText(value, path);
  if (typeof value === "number") return writeNumber(value, path);
  if (typeof value !== "object") throw new Refusal(path, "is nothing that JSON can say");
  if (path.length >= maxCanonicalDepth)
    throw new Refusal(path, `must not nest deeper than ${maxCanonicalDepth} levels`);
  if (Array.isArray(value)) {
    // Array.from: a hole is refused as undefined, where map would skip it.
    const items = Array.from(value, (item: unknown, index) => write(item, [...path, index]));
    return `[${items.join(",")}]`;
  }
  if (!isPlain(value)) throw new Refusal(path, "must be a plain object");
  // RFC 8785 §3.2.3 orders by UTF-16 code units, which is what `<` compares.
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const texts = members.map(
    ([key, member]: [string, unknown]) =>
      `${writeText(key, path)}:${write(member, [...path, key])}`,
  );
  return `{${texts.join(",")}}`;
}

function writeText(text: string, path: Path): string {
  // RFC 8785 §3.2.2.2: JSON.stringify would escape the half pair, and no UTF-8 has it.
  if (!text.isWellFormed()) throw new Refusal(path, "must not hold half a surrogate pair");
  return JSON.stringify(text);
}

function writeNumber(value: number, path: Path): string {
  // Every double beyond is an integer that stands for several: RFC 8785 appendix D wants a text.
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    throw new Refusal(path, "must be a finite number within ±(2^53 − 1); write others as text");
  return JSON.stringify(value);
}

/** From `{}`, `JSON.parse` or `Object.create(null)`, of any realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
