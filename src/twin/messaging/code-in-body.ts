/** The last line that browsers read: `@example.com #123456` (WICG "origin-bound one-time codes"). */
const BOUND = /(?:^|\n)@\S+ #(\d{4,10})(?![\p{L}\p{N}])[^\n]*\s*$/u;
/** Not a part of a word, nor of a phone number in international writing. */
const ALONE = /(?<![\p{L}\p{N}+])\d{4,10}(?![\p{L}\p{N}])/u;

/** The code that a text brings, as a phone's keyboard would find it. */
export function codeInBody(body: string): string | null {
  return BOUND.exec(body)?.[1] ?? ALONE.exec(body)?.[0] ?? null;
}
