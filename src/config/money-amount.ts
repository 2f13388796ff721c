/** The beginning of a text that is an amount of money. */
export const amount = /^(?:0|[1-9]\d{0,6})(?:\.\d{1,6})?/;
export const price = new RegExp(`${amount.source}$`);

/** `0.0083` is 8300. By digits, not by multiplication: 0.0083 is no binary fraction. */
export function parseMicro(digits: string): number {
  const [whole = "", fraction = ""] = digits.split(".");
  return Number(whole + fraction.padEnd(6, "0"));
}
