/**
 * Parses JSON from the page's storage. Returns `undefined` if it is malformed: another script may
 * have changed it.
 */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
