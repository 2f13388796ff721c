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
const credentialed = cors({ ...options, credentials: true });
/** What every page may read: nothing in it is of a caller, and browsers' libraries verify tokens too. */
const open = cors({ origin: "*", allowMethods: ["GET"], maxAge: 7200 });
const openPath =
  /^\/(openapi\.json|\.well-known\/(jwks\.json|oauth-authorization-server|openid-configuration))$/;
// Cookies can only ever be of use where a session begins, goes on or ends, and never to an app's
// shell: its scheme is another site than the Worker's.
const credentialedPath = /^\/v1\/(verifications\/[^/]+\/check|sessions(\/.*)?)$/;

/**
 * CORS by exact allow-list; keys, discovery and the OpenAPI document are for all. A listed origin gets the headers; an unlisted one gets none, and is
 * refused before its body is read where it would change something (`origin_not_allowed`).
 */
export const checkOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const outcome = c.var.configOutcome;
  const origin = c.req.header("Origin");
  const isPreflight =
    c.req.method === "OPTIONS" && c.req.header("Access-Control-Request-Method") !== undefined;
  const changesNothing = c.req.method === "GET" || c.req.method === "HEAD";
  if ((changesNothing || isPreflight) && openPath.test(c.req.path)) return open(c, next);
  // There is no allow-list; what is served all the same changes nothing.
  if (outcome.kind !== "ok") return next();
  if (origin !== undefined && isAllowed(origin, outcome.config, new URL(c.req.url))) {
    const mayHaveCookie = credentialedPath.test(c.req.path) && !isAppOrigin(origin);
    const answer = mayHaveCookie ? credentialed : plain;
    return answer(c, next);
  }
  if (origin !== undefined && outcome.config.development) tellDeveloper(origin);
  if (isPreflight) return c.body(null, 204);
  if (origin !== undefined && !changesNothing) throw new Problem("origin_not_allowed");
  return next();
};

function isAllowed(origin: string, config: Config, url: URL): boolean {
  if (config.allowedOrigins.has(origin) || origin === config.issuer) return true;
  if (!config.development) return origin === url.origin;
  // A page of this machine may have any port: bundlers choose their own.
  const page = parseOrigin(origin);
  if (page === undefined) return false;
  return isLocalName(page) || (page.hostname === url.hostname && isOwnHost(url, config));
}

/**
 * Whether the URL that was asked is this machine's own. In development any name may lead here (DNS
 * rebinding), so only loopback and an origin that is listed are.
 */
export const isOwnHost = (url: URL, { development, allowedOrigins }: Config): boolean =>
  !development || isLoopback(url) || allowedOrigins.has(url.origin);

/** A browser tells its user nothing of origins. No log event: that would hide the port as digits. */
function tellDeveloper(origin: string): void {
  const page = JSON.stringify(origin.slice(0, 200));
  // oxlint-disable-next-line no-console -- it is for the developer, who reads the terminal
  console.warn(
    `A page of ${page} was refused: add it to ALLOWED_ORIGINS in .dev.vars and start again.`,
  );
}
