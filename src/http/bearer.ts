import type { Context } from "hono";
import { Problem } from "../problem.ts";

/**
 * Returns the token of `Authorization: Bearer` (RFC 6750 §2.1), or undefined without that header. A
 * malformed value, such as two tokens, gives the empty text, which no check accepts.
 */
export function bearerToken(c: Context): string | undefined {
  const [, credentials] = /^Bearer +(.+)$/i.exec(c.req.header("Authorization")?.trim() ?? "") ?? [];
  if (credentials === undefined) return undefined;
  return /^[\w.~+/-]+=*$/.test(credentials) ? credentials : "";
}

/** RFC 6750 §3 requires at least one parameter. */
const realm = 'Bearer realm="phonegate"';

/** Returns the problem 401. `error` is left out if the caller sent no token (RFC 6750 §3.1). */
export function invalidToken(token: string | undefined): Problem {
  return new Problem("invalid_token", undefined, challengeFor(token));
}

/** Returns the problem 401 for the proof of a test number, which this caller has not asked for. */
export function testProof(token: string): Problem {
  const detail = 'The proof is of a test number: "accept_test": true accepts it';
  return new Problem("invalid_token", detail, challengeFor(token));
}

/** Returns the problem 401 for what only a backend may do. `what` begins the sentence. */
export function serviceKeyNeeded(what: string, token: string | undefined): Problem {
  const other = token === undefined ? "" : ", but the request has another token";
  const detail = `${what} needs a service key${other}: send "Authorization: Bearer sk_…"`;
  return new Problem("invalid_service_key", detail, challengeFor(token));
}

/** Returns the problem 401 for a key that the settings do not list. */
export function unlistedServiceKey(token: string): Problem {
  const detail = "SERVICE_KEYS does not list this service key";
  return new Problem("invalid_service_key", detail, challengeFor(token));
}

/** Returns the problem 401 for HTTP Basic with a service key of another client id. */
export const wrongBasicCredentials = (): Problem =>
  new Problem("invalid_service_key", "SERVICE_KEYS does not list this key for this client id", {
    headers: { "WWW-Authenticate": 'Basic realm="phonegate"' },
  });

function challengeFor(token: string | undefined) {
  const challenge = token === undefined ? realm : `${realm}, error="invalid_token"`;
  return { headers: { "WWW-Authenticate": challenge } };
}
