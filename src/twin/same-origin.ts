/**
 * A page of another origin must not drive a developer's twin. Only browsers send these two headers
 * (Fetch Metadata); theirs must come from the twin's own page. That its host is this machine is
 * judged before, since a foreign name that was pointed at 127.0.0.1 looks like the same origin.
 */
export function isForeignPage(request: Request): boolean {
  const origin = request.headers.get("Origin");
  const site = request.headers.get("Sec-Fetch-Site");
  if (origin !== null) return origin !== new URL(request.url).origin;
  return site !== null && site !== "same-origin" && site !== "none";
}
