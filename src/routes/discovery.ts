import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { notConfigured } from "../http/configured.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { serverMetadata } from "../session/server-metadata.ts";

const paths = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/** The same document at both addresses. It reads no store. */
export const discovery = new Router();
for (const path of paths) discovery.get(path, readMetadata).all(path, methodNotAllowed("GET"));

/** Served as long as issuer and keys are valid, so that starting backends can verify tokens. */
function readMetadata(c: Context<AppEnv>): Response {
  const outcome = c.var.configOutcome;
  const settings = outcome.kind === "ok" ? outcome.config : outcome;
  const issuer = settings.issuer ?? (outcome.kind === "ok" ? c.var.origin : undefined);
  if (issuer === undefined || settings.signingKeys === undefined) throw notConfigured();
  c.header("Cache-Control", "public, max-age=300");
  const keys = outcome.kind === "ok" ? outcome.config.serviceKeys : [];
  const hasIntrospection = keys.some(({ scopes }) => scopes.has("introspect"));
  return c.json(serverMetadata(issuer, settings.signingKeys, { hasIntrospection }));
}
