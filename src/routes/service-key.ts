import type { Context } from "hono";
import type { ServiceKey } from "../config/service-keys.ts";
import type { ServiceScope } from "../contract/words.ts";
import type { AppEnv } from "../http/app-env.ts";
import { bearerToken, serviceKeyNeeded, unlistedServiceKey } from "../http/bearer.ts";
import { constantTimeEqual } from "../lib/constant-time.ts";
import { Problem } from "../problem.ts";

/** The service key that the request brings; undefined without one. 401 for a key that is not listed. */
export async function serviceKeyOf(c: Context<AppEnv>): Promise<ServiceKey | undefined> {
  const token = bearerToken(c);
  if (token?.startsWith("sk_") !== true) return undefined;
  const digest = hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
  // Every key is compared: how long it takes tells nothing of which one fits.
  const fitting = c.var.config.serviceKeys.filter((key) => constantTimeEqual(key.sha256, digest));
  const [key] = fitting;
  if (key === undefined) throw unlistedServiceKey(token);
  return key;
}

/** The service key of a request that needs one: `what` is what needs it. 401 without a listed key. */
export async function requireServiceKey(c: Context<AppEnv>, what: string): Promise<ServiceKey> {
  const key = await serviceKeyOf(c);
  if (key === undefined) throw serviceKeyNeeded(what, bearerToken(c));
  return key;
}

/** The client id of a key that lists the scope; `insufficient_scope` for one that does not. */
export async function requireScope(c: Context<AppEnv>, scope: ServiceScope): Promise<string> {
  const key = await requireServiceKey(c, "This path");
  if (!key.scopes.has(scope)) throw new Problem("insufficient_scope");
  return key.clientId;
}

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
