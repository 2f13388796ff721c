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

/** `localhost` and every name below it lead to this machine alone (RFC 6761 §6.3). */
export const isLocalName = (url: URL): boolean =>
  isLoopback(url) || url.hostname.endsWith(".localhost");

/** Schemes with an origin of another kind, or with the origin `null` (URL Standard, "origin"). */
const notOfApps = ["http", "https", "ftp", "ws", "wss", "file", "data", "blob", "javascript"];

/**
 * Whether the text is the origin of an app's shell or of a browser extension: `scheme://host` of a
 * scheme of its own, such as `capacitor://localhost`. Safari's extensions have hosts in capitals.
 */
export function isAppOrigin(text: string): boolean {
  const [, scheme = "http"] = /^([a-z][a-z\d+.-]*):\/\/[A-Za-z\d._-]+$/.exec(text) ?? [];
  return !notOfApps.includes(scheme);
}
