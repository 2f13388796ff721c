import { asciiDigits } from "./decimal-digits.ts";

/** The digits of a number as a person wrote them. */
export interface Spelling {
  /** ASCII digits, with a `+` before them where one was written. */
  readonly digits: string;
  /** The same, with one space where separators or brackets stand. */
  readonly grouped: string;
}

// The longest E.164 number with a separator between any two digits, a bracketed zero and direction
// marks; also bounds the work before any pattern sees the text. In UTF-16 units.
const MAX_INPUT_LENGTH = 40;

// Spaces, dashes and what serves as one in CJK and Unicode text, dots, slashes.
const SEPARATORS =
  /[\p{Zs}\p{Pd}\u02D7\u2043\u2212\u30FC\uFF70.\u00B7\u2024\uFE52\uFF0E/\u2044\u2215\uFF0F]/gu;

// After `normalise`, without spaces: one plus, only at the start; brackets closed, filled, not nested,
// never last, where "(12)" would be an extension.
const WELL_FORMED = /^(?:\(\+\d+\)|\+)?(?:\(\d+\)|\d)*\d$/;

/** ASCII digits, `+`, `(`, `)`, and a space for each separator; what else there is stays. */
function normalise(input: string): string {
  return asciiDigits(input)
    .replace(SEPARATORS, " ")
    .replace(/[\uFE62\uFF0B]/g, "+")
    .replace(/[[\uFE59\uFF08\uFF3B]/g, "(")
    .replace(/[\]\uFE5A\uFF09\uFF3D]/g, ")");
}

/**
 * Reads any script's digits, spaces, dashes, dots, slashes, brackets, a plus and invisible characters.
 * `undefined` for everything else, such as letters, extensions and more than 40 characters.
 */
export function readSpelling(input: string): Spelling | undefined {
  if (input.length > MAX_INPUT_LENGTH) return undefined;
  const text = normalise(input);
  if (!WELL_FORMED.test(text.replaceAll(" ", ""))) return undefined;
  const grouped = text.replaceAll(/[ ()]+/g, " ").trim();
  return { digits: grouped.replaceAll(" ", ""), grouped };
}
