/** Returns the value of an `Authorization` header (RFC 7617). Both arguments must be ASCII. */
export function encodeBasic(username: string, password: string): string {
  return `Basic ${btoa(`${username}:${password}`)}`;
}

/** The two parts of a Basic `Authorization` value; undefined if it is malformed. */
export function decodeBasic(
  value: string,
): { readonly username: string; readonly password: string } | undefined {
  const [, encoded = ""] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(value.trim()) ?? [];
  try {
    // OAuth clients form-encode both parts (RFC 6749 §2.3.1), so neither contains a colon.
    const [username, password, ...rest] = atob(encoded).split(":").map(decodeForm);
    if (username === undefined || password === undefined || rest.length > 0) return undefined;
    return { username, password };
  } catch {
    return undefined;
  }
}

const decodeForm = (text: string): string => decodeURIComponent(text.replaceAll("+", " "));
