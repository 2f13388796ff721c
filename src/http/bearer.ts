import type { Context } from "hono";
import { Problem } from "../problem.ts";

/**
 * The credentials of `Authorization: Bearer` (RFC 6750 §2.1), or undefined without any. What is no
 * token, two of them above all, is the empty text: it came, and is good for nothing.
 */
export function bearerToken(c: Context): string | undefined {
  const [, credentials] = /^Bearer +(.+)$/i.exec(c.req.header("Authorization")?.trim() ?? "") ?? [];
  if (credentials === undefined) return undefined;
  return /^[\w.~+/-]+=*$/.test(credentials) ? credentials : "";
}

/** RFC 6750 §3 asks for one parameter at least. */
const realm = 'Bearer realm="phonegate"';

/** 401. A caller who brought no token is told how, not that it was wrong (RFC 6750 §3.1). */
export function invalidToken(token: string | undefined): Problem {
  return new Problem("invalid_token", undefined, challengeFor(token));
}

/** 401 for what only a backend may ask for: `what` begins the sentence. */
export function serviceKeyNeeded(what: string, token: string | undefined): Problem {
  const came = token === undefined ? "" : ", and another token came";
  const detail = `${what} needs a service key${came}: send "Authorization: Bearer sk_…"`;
  return new Problem("invalid_service_key", detail, challengeFor(token));
}

/** 401 for a key that the operator has not listed. */
export function unlistedServiceKey(token: string): Problem {
  const detail = "SERVICE_KEYS does not list this service key";
  return new Problem("invalid_service_key", detail, challengeFor(token));
}

function challengeFor(token: string | undefined) {
  const challenge = token === undefined ? realm : `${realm}, error="invalid_token"`;
  return { headers: { "WWW-Authenticate": challenge } };
}
