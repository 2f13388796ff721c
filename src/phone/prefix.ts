import { parsePhoneNumber } from "./number.ts";
import { readSpelling } from "../lib/number-spelling.ts";

export type PrefixOutcome =
  | { readonly kind: "ok"; readonly prefix: string }
  /** Numbers with this prefix belong to a country that is not allowed. */
  | { readonly kind: "unsupported_country" }
  /** No valid number consists of this text and four more digits. */
  | { readonly kind: "no_prefix" };

/** Sample ends of numbers. In short numbers the first of the last four digits decides the type. */
const ends = Array.from({ length: 20 }, (_, end) => `${end % 10}${end < 10 ? 1 : 6}23`);

/**
 * Reads a prefix: a number in E.164 without its last four digits, in any spelling with a plus. An area
 * code, a whole number, and a range whose numbers are all refused are not prefixes.
 *
 * @param options those of `parsePhoneNumber`.
 * @example readPrefix("+1 201 555", { allowedCountries: undefined })
 */
export function readPrefix(
  input: string,
  options: Omit<Parameters<typeof parsePhoneNumber>[1], "country">,
): PrefixOutcome {
  const { digits = "" } = readSpelling(input) ?? {};
  if (!digits.startsWith("+")) return { kind: "no_prefix" };
  const outcomes = ends.map((end) => parsePhoneNumber(digits + end, options));
  const served = outcomes.find((outcome) => outcome.kind === "ok");
  if (served) return { kind: "ok", prefix: served.number.e164.slice(0, -4) };
  const isAbroad = outcomes.some(({ kind }) => kind === "unsupported_country");
  return { kind: isAbroad ? "unsupported_country" : "no_prefix" };
}
