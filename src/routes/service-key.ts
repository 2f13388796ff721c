import type { Context } from "hono";
import type { ServiceKey } from "../config/service-keys.ts";
import type { ServiceScope } from "../contract/words.ts";
import type { AppEnv } from "../http/app-env.ts";
import {
  bearerToken,
  serviceKeyNeeded,
  unlistedServiceKey,
  wrongBasicCredentials,
} from "../http/bearer.ts";
import { decodeBasic } from "../lib/basic-auth.ts";
import { constantTimeEqual } from "../lib/constant-time.ts";
import { Problem } from "../problem.ts";

/**
 * Returns the request's service key, or undefined without one. Throws 401 for a key that is not
 * listed.
 */
export async function serviceKeyOf(c: Context<AppEnv>): Promise<ServiceKey | undefined> {
  const token = bearerToken(c);
  if (token?.startsWith("sk_") !== true) return undefined;
  const key = await listedKey(c, token);
  if (key === undefined) throw unlistedServiceKey(token);
  return key;
}

async function listedKey(c: Context<AppEnv>, text: string): Promise<ServiceKey | undefined> {
  const digest = hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  // All keys are compared, so that the time does not reveal which one matches.
  const fitting = c.var.config.serviceKeys.filter((key) => constantTimeEqual(key.sha256, digest));
  return fitting[0];
}

/** Returns the request's service key. Throws 401 without a listed key; `what` names what needs it. */
export async function requireServiceKey(c: Context<AppEnv>, what: string): Promise<ServiceKey> {
  const key = await serviceKeyOf(c);
  if (key === undefined) throw serviceKeyNeeded(what, bearerToken(c));
  return key;
}

/** Returns the client id of a key with this scope. Throws `insufficient_scope` for other keys. */
export async function requireScope(c: Context<AppEnv>, scope: ServiceScope): Promise<string> {
  return clientWithScope(await requireServiceKey(c, "This path"), scope);
}

/** Like `requireScope`. The key may also come by HTTP Basic, with its client id (RFC 6749 §2.3.1). */
export async function requireScopeByAnyScheme(
  c: Context<AppEnv>,
  scope: ServiceScope,
): Promise<string> {
  const authorization = c.req.header("Authorization") ?? "";
  if (!/^Basic /i.test(authorization)) return requireScope(c, scope);
  const { username, password } = decodeBasic(authorization) ?? { username: "", password: "" };
  const key = await listedKey(c, password);
  if (key === undefined || key.clientId !== username) throw wrongBasicCredentials();
  return clientWithScope(key, scope);
}

function clientWithScope({ scopes, clientId }: ServiceKey, scope: ServiceScope): string {
  if (!scopes.has(scope)) throw new Problem("insufficient_scope");
  return clientId;
}

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
