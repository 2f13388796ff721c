/**
 * Whether a request comes from a page of another origin, which must not control a developer's twin.
 * Only browsers send the headers `Origin` and `Sec-Fetch-Site` (Fetch Metadata). The host is
 * checked earlier, because a foreign name that resolves to 127.0.0.1 looks like the same origin.
 */
export function isForeignPage(request: Request): boolean {
  const origin = request.headers.get("Origin");
  const site = request.headers.get("Sec-Fetch-Site");
  if (origin !== null) return origin !== new URL(request.url).origin;
  return site !== null && site !== "same-origin" && site !== "none";
}
