import { asciiDigits } from "../../../lib/decimal-digits.ts";

/** Codes have 4 to 10 digits. */
export const mostDigits = 10;
const leastDigits = 4;

export const digitsOf = (text: string): string => asciiDigits(text).replace(/\D/g, "");

/**
 * The digits that a pasted text stands for: all of a text that has digits, spaces and dashes alone and
 * not too many of them; else the one run of exactly the code's length. Undefined where there is none,
 * or more than one: the person types then.
 */
export function readCode(text: string, length: number | undefined): string | undefined {
  const plain = asciiDigits(text);
  const isBare = /^[\d\s\p{Pd}]*$/u.test(plain);
  if (isBare && digitsOf(plain).length <= (length ?? mostDigits)) return digitsOf(plain);
  const isCode = (digits: string): boolean =>
    length === undefined
      ? digits.length >= leastDigits && digits.length <= mostDigits
      : digits.length === length;
  // "7" and "123456"; a number such as 1-800-555-0123 or 28.11.26 is one run, and has no code in it.
  const runs = plain.match(/\d+(?:[\p{Pd}./:]\d+)*/gu) ?? [];
  const dashed = runs.filter((run) => /^\d+(\p{Pd}\d+)*$/u.test(run));
  const spaced = plain.match(/\d+(?:\p{Zs}\d+)+/gu) ?? [];
  for (const candidates of [runs.filter((run) => /^\d+$/.test(run)), dashed, spaced]) {
    const codes = new Set(candidates.map(digitsOf).filter(isCode));
    if (codes.size > 0) return codes.size === 1 ? [...codes][0] : undefined;
  }
  return undefined;
}
