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
 * Moves the refresh token into the cookie `__Host-phonegate`, which no script can read (RFC 6265bis
 * §4.1.3.2). Returns the body without the token.
 */
export function refreshTokenInCookie<Body extends SessionTokens>(
  c: Context,
  { refresh_token, ...body }: Body,
): Omit<Body, "refresh_token"> {
  const maxAge = Math.min(body.refresh_expires_in, maxAgeSeconds);
  if (refresh_token !== undefined) setCookie(c, name, refresh_token, { ...options, maxAge });
  return body;
}

/** Browsers keep no cookie longer than this (RFC 6265bis §5.5). */
const maxAgeSeconds = 400 * 86_400;

/** Deletes the cookie in the browser. */
export function clearRefreshCookie(c: Context): void {
  deleteCookie(c, name, options);
}

/**
 * Returns the refresh token in the cookie, or undefined without a cookie. Throws `invalid_request` if
 * the cookie comes twice, because an attacker may have added one, and `origin_not_allowed` if the page
 * is of another site.
 */
export function readRefreshCookie(c: Context): string | undefined {
  const tokens = refreshCookies(c);
  if (tokens.length > 1)
    throw invalidRequest([{ path: "Cookie", message: `holds __Host-${name} more than once` }]);
  if (tokens.length === 1) requireSameSite(c);
  return tokens[0];
}

/**
 * Like `readRefreshCookie`, for requests that do not depend on the cookie: undefined instead of a
 * problem.
 */
export function readUsableRefreshCookie(c: Context): string | undefined {
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
 * Throws `origin_not_allowed` unless the page is of the same site as the Worker. A browser sends the
 * cookie with requests of any page, so it must say by Fetch Metadata that the site is the same. A browser
 * without Fetch Metadata must send an `Origin`, which `checkOrigin` has compared with the allow-list. A
 * native app is never of the same site.
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
