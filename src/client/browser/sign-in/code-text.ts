import { asciiDigits } from "../../../lib/decimal-digits.ts";

/** Codes have 4 to 10 digits. */
export const maxDigits = 10;
const minDigits = 4;

export const digitsOf = (text: string): string => asciiDigits(text).replace(/\D/g, "");

/**
 * Returns the code in a pasted text. If the text has only digits, spaces and dashes, and few enough
 * digits, it is all of them. Otherwise it is the only run of digits that has the code's length.
 * Returns `undefined` if there is no such run, or more than one: then the user types the code.
 */
export function readCode(text: string, length: number | undefined): string | undefined {
  const plain = asciiDigits(text);
  const isBare = /^[\d\s\p{Pd}]*$/u.test(plain);
  if (isBare && digitsOf(plain).length <= (length ?? maxDigits)) return digitsOf(plain);
  const isCode = (digits: string): boolean =>
    length === undefined
      ? digits.length >= minDigits && digits.length <= maxDigits
      : digits.length === length;
  // A number such as 1-800-555-0123 or 28.11.26 counts as one run, so no part of it is taken for a
  // code.
  const runs = plain.match(/\d+(?:[\p{Pd}./:]\d+)*/gu) ?? [];
  const dashed = runs.filter((run) => /^\d+(\p{Pd}\d+)*$/u.test(run));
  const spaced = plain.match(/\d+(?:\p{Zs}\d+)+/gu) ?? [];
  for (const candidates of [runs.filter((run) => /^\d+$/.test(run)), dashed, spaced]) {
    const codes = new Set(candidates.map(digitsOf).filter(isCode));
    if (codes.size > 0) return codes.size === 1 ? [...codes][0] : undefined;
  }
  return undefined;
}
