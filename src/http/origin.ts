import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { Config } from "../config.ts";
import { isAppOrigin, isLocalName, isLoopback, parseOrigin } from "../lib/origin.ts";
import { Problem } from "../problem.ts";
import type { AppEnv } from "./app-env.ts";

const exposed = [
  "Retry-After",
  "RateLimit",
  "RateLimit-Policy",
  "Location",
  "WWW-Authenticate",
  "X-Request-Id",
];
const options = {
  origin: (origin: string) => origin,
  allowMethods: ["GET", "POST", "DELETE"],
  allowHeaders: ["Content-Type", "Authorization", "Idempotency-Key"],
  exposeHeaders: exposed,
  maxAge: 7200,
};
const plain = cors(options);
const withCredentials = cors({ ...options, credentials: true });
/** For documents that every page may read. They contain no caller's data. */
const openToAll = cors({ origin: "*", allowMethods: ["GET"], maxAge: 7200 });
const openPath =
  /^\/(openapi\.json|\.well-known\/(jwks\.json|oauth-authorization-server|openid-configuration))$/;
// Only requests that open, refresh or end a session use the cookie. A native app never does, because
// its scheme is another site than the Worker's.
const credentialedPath = /^\/v1\/(verifications\/[^/]+\/check|sessions(\/.*)?)$/;

/**
 * CORS with an exact allow-list. Every origin may read the keys, the discovery documents and the OpenAPI
 * document. Elsewhere an origin that is not listed gets no CORS headers. If its request would change
 * something, it is refused with `origin_not_allowed` before its body is read.
 */
export const checkOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const outcome = c.var.configOutcome;
  const origin = c.req.header("Origin");
  const isPreflight =
    c.req.method === "OPTIONS" && c.req.header("Access-Control-Request-Method") !== undefined;
  const changesNothing = c.req.method === "GET" || c.req.method === "HEAD";
  if ((changesNothing || isPreflight) && openPath.test(c.req.path)) return openToAll(c, next);
  // Without valid settings there is no allow-list, and no served request changes anything.
  if (outcome.kind !== "ok") return next();
  if (origin !== undefined && isAllowed(origin, outcome.config, new URL(c.req.url))) {
    const mayHaveCookie = credentialedPath.test(c.req.path) && !isAppOrigin(origin);
    const answer = mayHaveCookie ? withCredentials : plain;
    return answer(c, next);
  }
  if (origin !== undefined && outcome.config.development) warnDeveloper(origin);
  if (isPreflight) return c.body(null, 204);
  if (origin !== undefined && !changesNothing) throw new Problem("origin_not_allowed");
  return next();
};

function isAllowed(origin: string, config: Config, url: URL): boolean {
  if (config.allowedOrigins.has(origin) || origin === config.issuer) return true;
  if (!config.development) return origin === url.origin;
  // All ports of this machine are allowed, because bundlers choose their own port.
  const page = parseOrigin(origin);
  if (page === undefined) return false;
  return isLocalName(page) || (page.hostname === url.hostname && isOwnHost(url, config));
}

/**
 * Returns whether the requested host is our own. In development any name may resolve to this machine
 * (DNS rebinding), so only loopback and the allowed origins are trusted.
 */
export const isOwnHost = (url: URL, { development, allowedOrigins }: Config): boolean =>
  !development || isLoopback(url) || allowedOrigins.has(url.origin);

/**
 * Browsers do not name the refused origin. It is printed instead of logged, because the log would
 * redact the port as digits.
 */
function warnDeveloper(origin: string): void {
  const page = JSON.stringify(origin.slice(0, 200));
  // oxlint-disable-next-line no-console -- it is for the developer, who reads the terminal
  console.warn(
    `A page of ${page} was refused: add it to ALLOWED_ORIGINS in .dev.vars and start again.`,
  );
}
