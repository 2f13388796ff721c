const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * A page of another origin must not drive a developer's twin. Only browsers send these two headers
 * (Fetch Metadata); theirs must come from the twin's own page, under a loopback name, since a
 * foreign name that was pointed at 127.0.0.1 looks like the same origin.
 */
export function isForeignPage(request: Request): boolean {
  const url = new URL(request.url);
  const origin = request.headers.get("Origin");
  const site = request.headers.get("Sec-Fetch-Site");
  if (origin === null && site === null) return false;
  if (!LOOPBACK.has(url.hostname)) return true;
  if (origin !== null) return origin !== url.origin;
  return site !== "same-origin" && site !== "none";
}
