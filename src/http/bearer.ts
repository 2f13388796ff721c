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
  const challenge = token === undefined ? realm : `${realm}, error="invalid_token"`;
  return new Problem("invalid_token", undefined, { headers: { "WWW-Authenticate": challenge } });
}
