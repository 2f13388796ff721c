import type { Context } from "hono";
import type { ServiceKey } from "../config/service-keys.ts";
import type { ServiceScope } from "../contract/words.ts";
import type { AppEnv } from "../http/app-env.ts";
import { bearerToken, serviceKeyNeeded, unlistedServiceKey } from "../http/bearer.ts";
import { constantTimeEqual } from "../lib/constant-time.ts";
import { Problem } from "../problem.ts";

/**
 * Returns the request's service key, or undefined without one. Throws 401 for a key that is not
 * listed.
 */
export async function serviceKeyOf(c: Context<AppEnv>): Promise<ServiceKey | undefined> {
  const token = bearerToken(c);
  if (token?.startsWith("sk_") !== true) return undefined;
  const digest = hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
  // All keys are compared, so that the time does not reveal which one matches.
  const fitting = c.var.config.serviceKeys.filter((key) => constantTimeEqual(key.sha256, digest));
  const [key] = fitting;
  if (key === undefined) throw unlistedServiceKey(token);
  return key;
}

/** Returns the request's service key. Throws 401 without a listed key; `what` names what needs it. */
export async function requireServiceKey(c: Context<AppEnv>, what: string): Promise<ServiceKey> {
  const key = await serviceKeyOf(c);
  if (key === undefined) throw serviceKeyNeeded(what, bearerToken(c));
  return key;
}

/** Returns the client id of a key with this scope. Throws `insufficient_scope` for other keys. */
export async function requireScope(c: Context<AppEnv>, scope: ServiceScope): Promise<string> {
  const key = await requireServiceKey(c, "This path");
  if (!key.scopes.has(scope)) throw new Problem("insufficient_scope");
  return key.clientId;
}

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
