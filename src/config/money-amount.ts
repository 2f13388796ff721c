/** Matches an amount of money at the beginning of a text. */
export const amount = /^(?:0|[1-9]\d{0,6})(?:\.\d{1,6})?/;
export const price = new RegExp(`${amount.source}$`);

/**
 * Returns millionths: `0.0083` gives 8300. It reads digits, because 0.0083 is not an exact binary
 * number.
 */
export function parseMicro(digits: string): number {
  const [whole = "", fraction = ""] = digits.split(".");
  return Number(whole + fraction.padEnd(6, "0"));
}
