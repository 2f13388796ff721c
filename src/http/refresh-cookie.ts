import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import type { SessionTokens } from "../contract/sessions.ts";
import { isAppOrigin } from "../lib/origin.ts";
import { Problem } from "../problem.ts";
import { invalidRequest } from "./json-body.ts";

const name = "phonegate";
const options = {
  prefix: "host",
  httpOnly: true,
  sameSite: "Lax",
  path: "/",
  secure: true,
} as const;

/**
 * Puts the refresh token where no script can read it, `__Host-phonegate` (RFC 6265bis §4.1.3.2), and
 * gives back the body that is left.
 */
export function refreshTokenInCookie<Body extends SessionTokens>(
  c: Context,
  { refresh_token, ...body }: Body,
): Omit<Body, "refresh_token"> {
  const maxAge = Math.min(body.refresh_expires_in, maxAgeSeconds);
  if (refresh_token !== undefined) setCookie(c, name, refresh_token, { ...options, maxAge });
  return body;
}

/** Browsers keep no cookie longer (RFC 6265bis §5.5). */
const maxAgeSeconds = 400 * 86_400;

export function clearRefreshCookie(c: Context): void {
  deleteCookie(c, name, options);
}

/**
 * The cookie's refresh token, or undefined when there is none. Problems: `invalid_request` where the
 * cookie comes twice, since nobody can say whose the other one is; `origin_not_allowed`.
 */
export function readRefreshCookie(c: Context): string | undefined {
  const tokens = refreshCookies(c);
  if (tokens.length > 1)
    throw invalidRequest([{ path: "Cookie", message: `holds __Host-${name} more than once` }]);
  if (tokens.length === 1) requireSameSite(c);
  return tokens[0];
}

/** The same for a request that stands without the cookie: undefined where there would be a problem. */
export function refreshCookieBeside(c: Context): string | undefined {
  const [token, ...others] = refreshCookies(c);
  return others.length === 0 && isSameSite(c) ? token : undefined;
}

const refreshCookies = (c: Context): string[] =>
  (c.req.header("Cookie") ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`__Host-${name}=`))
    .map((pair) => pair.slice(pair.indexOf("=") + 1));

/**
 * A cookie goes along with whatever a page anywhere asks for, so the browser must say that this is a
 * page of our own site (Fetch Metadata); where it does not, its `Origin`, which has been checked
 * against the list before, must be there. An app's shell is never of our site.
 */
export function requireSameSite(c: Context): void {
  if (!isSameSite(c))
    throw new Problem("origin_not_allowed", "The cookie is for pages of the same site.");
}

function isSameSite(c: Context): boolean {
  const site = c.req.header("Sec-Fetch-Site");
  const origin = c.req.header("Origin");
  if (origin !== undefined && isAppOrigin(origin)) return false;
  return site === undefined ? origin !== undefined : site === "same-origin" || site === "same-site";
}
