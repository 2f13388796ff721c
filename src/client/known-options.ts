/**
 * Throws a `TypeError` that names each unknown option. Otherwise a misspelt `maxAgeSeconds` would
 * silently check nothing.
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
