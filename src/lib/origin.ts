/** Returns whether the host is certainly this machine. `URL` has already normalised `127.1`. */
export function isLoopback(url: URL): boolean {
  return (
    url.hostname === "localhost" ||
    url.hostname === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(url.hostname)
  );
}

/**
 * Returns the URL if the text is exactly an http or https origin, without path, query or user info. A
 * `*` is refused too: `URL` accepts it as a host, but a wildcard would never match an origin.
 */
export function parseOrigin(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isHttp = url.protocol === "https:" || url.protocol === "http:";
  return isHttp && url.origin === text && !text.includes("*") ? url : undefined;
}

/**
 * Returns whether the host is this machine by name, too: `localhost` and all names below it (RFC
 * 6761 §6.3).
 */
export const isLocalName = (url: URL): boolean =>
  isLoopback(url) || url.hostname.endsWith(".localhost");

/** Schemes of web pages, and schemes with the origin `null` (URL Standard, "origin"). */
const nonAppSchemes = ["http", "https", "ftp", "ws", "wss", "file", "data", "blob", "javascript"];

/**
 * Returns whether the text is the origin of a native app or a browser extension: `scheme://host` with
 * a scheme of its own, such as `capacitor://localhost`. Safari's extensions have hosts in capitals.
 */
export function isAppOrigin(text: string): boolean {
  const [, scheme = "http"] = /^([a-z][a-z\d+.-]*):\/\/[A-Za-z\d._-]+$/.exec(text) ?? [];
  return !nonAppSchemes.includes(scheme);
}
