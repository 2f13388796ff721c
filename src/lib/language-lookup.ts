/**
 * The one of `available` that fits the language range best, by the lookup of RFC 4647 §3.4: the
 * range loses its last subtag until it is available. `undefined` where nothing fits.
 *
 * @param range a BCP 47 tag; upper and lower case are alike.
 * @param available tags; the answer is spelled as it stands here.
 * @example lookUpLanguage("es-MX", ["en", "es"]) // "es"
 */
export function lookUpLanguage(range: string, available: readonly string[]): string | undefined {
  const byLowerCase = new Map(available.map((tag) => [tag.toLowerCase(), tag]));
  const subtags = range.toLowerCase().split("-");
  while (subtags.length > 0) {
    const found = byLowerCase.get(subtags.join("-"));
    if (found !== undefined) return found;
    subtags.pop();
    // A subtag of one letter only introduces those behind it.
    if (subtags.at(-1)?.length === 1) subtags.pop();
  }
  return undefined;
}
