/**
 * Throws a `TypeError` that names each option nobody reads: a misspelt `maxAgeSeconds` would
 * otherwise silently be no check at all.
 */
export function refuseUnknownOptions(
  what: string,
  options: object,
  known: readonly string[],
): void {
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new TypeError(`${what} has no option ${unknown.join(", ")}, only ${known.join(", ")}`);
}
