/** Whether the parsed host can only be this machine. `URL` has normalised `127.1` and the like. */
export function isLoopback(url: URL): boolean {
  return (
    url.hostname === "localhost" ||
    url.hostname === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(url.hostname)
  );
}

/**
 * The URL when the text is exactly an http(s) origin: no path, no query, no user info. No `*` either:
 * `URL` takes it for a host, and the wildcard that it looks like would silently match nothing.
 */
export function parseOrigin(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isHttp = url.protocol === "https:" || url.protocol === "http:";
  return isHttp && url.origin === text && !text.includes("*") ? url : undefined;
}
