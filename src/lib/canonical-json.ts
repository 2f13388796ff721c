import { encodeBase64Url } from "./base64url.ts";

/** Why a value has no canonical form. `path` is dotted; it is empty for the value itself. */
export interface NotCanonical {
  readonly kind: "refused";
  readonly path: string;
  readonly message: string;
}

export type CanonicalForm = { readonly kind: "ok"; readonly text: string } | NotCanonical;

/** Deeper values are refused, so that a circular value ends. */
export const maxCanonicalDepth = 16;

/**
 * Returns the canonical JSON text of a value (RFC 8785, JCS). It has no spaces, its keys are sorted
 * by UTF-16 code units, and numbers and strings are written as ECMAScript writes them.
 *
 * Values that JSON cannot express are refused, not dropped or rewritten: `undefined`, dates, class
 * instances, boxed values, integers beyond ±(2^53 − 1), infinite numbers, NaN, and texts with half a
 * surrogate pair.
 *
 * @example canonicalJson({ b: 1, a: "x" }) // { kind: "ok", text: '{"a":"x","b":1}' }
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
 * Returns the SHA-256 of the value's canonical JSON in UTF-8, as base64url. Refuses what
 * `canonicalJson` refuses, and values whose canonical JSON is longer than `maxBytes`.
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

/** Ends the recursion. `canonicalJson` catches it. */
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
  if (typeof value !== "object") throw new Refusal(path, "is not a value that JSON can express");
  if (path.length >= maxCanonicalDepth)
    throw new Refusal(path, `must not nest deeper than ${maxCanonicalDepth} levels`);
  if (Array.isArray(value)) {
    // `map` would skip a hole. `Array.from` reads it as undefined, which is refused.
    const items = Array.from(value, (item: unknown, index) => write(item, [...path, index]));
    return `[${items.join(",")}]`;
  }
  if (!isPlain(value)) throw new Refusal(path, "must be a plain object");
  // RFC 8785 §3.2.3 sorts by UTF-16 code units, and `<` compares those.
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const texts = members.map(
    ([key, member]: [string, unknown]) =>
      `${writeText(key, path)}:${write(member, [...path, key])}`,
  );
  return `{${texts.join(",")}}`;
}

function writeText(text: string, path: Path): string {
  // RFC 8785 §3.2.2.2. JSON.stringify would escape half a pair, which UTF-8 cannot encode.
  if (!text.isWellFormed()) throw new Refusal(path, "must not hold half a surrogate pair");
  return JSON.stringify(text);
}

function writeNumber(value: number, path: Path): string {
  // A larger double stands for several integers, so RFC 8785 appendix D asks for a text.
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    throw new Refusal(path, "must be a finite number within ±(2^53 − 1); write others as text");
  return JSON.stringify(value);
}

/** True for objects from `{}`, `JSON.parse` and `Object.create(null)`, of any realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
