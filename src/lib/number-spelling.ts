import { asciiDigits } from "./decimal-digits.ts";

/** The digits of a number as the user wrote them. */
export interface Spelling {
  /** ASCII digits, with a `+` before them if the user wrote one. */
  readonly digits: string;
  /** The same, with one space for each group of separators and brackets. */
  readonly grouped: string;
}

// In UTF-16 code units: the longest E.164 number with a separator between any two digits, a bracketed
// zero and direction marks. It also bounds the work of the patterns.
const MAX_INPUT_LENGTH = 40;

// Spaces, dots, slashes, dashes, and characters that are used as dashes in CJK and Unicode text.
const SEPARATORS =
  /[\p{Zs}\p{Pd}\u02D7\u2043\u2212\u30FC\uFF70.\u00B7\u2024\uFE52\uFF0E/\u2044\u2215\uFF0F]/gu;

// After `normalise`, without spaces: a plus only at the start; brackets closed, filled and not nested.
// A number must not end with brackets, since "(12)" at the end would be an extension.
const WELL_FORMED = /^(?:\(\+\d+\)|\+)?(?:\(\d+\)|\d)*\d$/;

/** Replaces all variants of digits, `+`, `(`, `)` and separators by the ASCII ones. The rest stays. */
function normalise(input: string): string {
  return asciiDigits(input)
    .replace(SEPARATORS, " ")
    .replace(/[\uFE62\uFF0B]/g, "+")
    .replace(/[[\uFE59\uFF08\uFF3B]/g, "(")
    .replace(/[\]\uFE5A\uFF09\uFF3D]/g, ")");
}

/**
 * Reads a number in digits of any script, with spaces, dashes, dots, slashes, brackets, a plus and
 * invisible characters. Returns undefined for anything else, such as letters, an extension, or more
 * than 40 characters.
 */
export function readSpelling(input: string): Spelling | undefined {
  if (input.length > MAX_INPUT_LENGTH) return undefined;
  const text = normalise(input);
  if (!WELL_FORMED.test(text.replaceAll(" ", ""))) return undefined;
  const grouped = text.replaceAll(/[ ()]+/g, " ").trim();
  return { digits: grouped.replaceAll(" ", ""), grouped };
}
