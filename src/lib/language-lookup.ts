/**
 * Returns the best match among the available languages, by the lookup of RFC 4647 §3.4: the range is
 * shortened by one subtag at a time until a language matches. Returns undefined if none matches.
 *
 * @param range a BCP 47 tag, in upper or lower case.
 * @param available BCP 47 tags. The result is spelled as it is here.
 * @example lookUpLanguage("es-MX", ["en", "es"]) // "es"
 */
export function lookUpLanguage(range: string, available: readonly string[]): string | undefined {
  const byLowerCase = new Map(available.map((tag) => [tag.toLowerCase(), tag]));
  const subtags = range.toLowerCase().split("-");
  while (subtags.length > 0) {
    const found = byLowerCase.get(subtags.join("-"));
    if (found !== undefined) return found;
    subtags.pop();
    // A subtag of one letter only introduces the subtags after it.
    if (subtags.at(-1)?.length === 1) subtags.pop();
  }
  return undefined;
}
