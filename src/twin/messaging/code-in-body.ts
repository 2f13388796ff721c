/**
 * A last line in the format that browsers read: `@example.com #123456` (WICG "origin-bound one-time
 * codes").
 */
const BOUND = /(?:^|\n)@\S+ #(\d{4,10})(?![\p{L}\p{N}])[^\n]*\s*$/u;
/** Digits that are not part of a word or of an international phone number. */
const ALONE = /(?<![\p{L}\p{N}+])\d{4,10}(?![\p{L}\p{N}])/u;

/** Returns the code in a text, found as a phone's keyboard finds it; null without a code. */
export function codeInBody(body: string): string | null {
  return BOUND.exec(body)?.[1] ?? ALONE.exec(body)?.[0] ?? null;
}
