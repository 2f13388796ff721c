import type { MiddlewareHandler } from "hono";
import type { VerifiedSession } from "./claims.ts";
import { createSessionGate, type SessionGateOptions } from "./session-gate.ts";

export type { VerifiedSession } from "./claims.ts";
export type { SessionGateOptions } from "./session-gate.ts";

/** The variable that `requireSession` sets in Hono's context: `c.var.session`. */
export interface SessionEnv {
  Variables: { session: VerifiedSession };
}

/**
 * Returns Hono middleware that requires a valid access token, strong and recent enough. It answers
 * every other request itself, with a problem document (RFC 6750, RFC 9470). Put CORS before it: a
 * preflight request carries no token.
 *
 *     app.post("/transfers", requireSession({ verifier, maxAgeSeconds: 300 }), (c) =>
 *       c.json({ by: c.var.session.subject }),
 *     );
 */
export function requireSession(options: SessionGateOptions): MiddlewareHandler<SessionEnv> {
  const gate = createSessionGate(options);
  return async (c, next) => {
    const authorization = c.req.header("Authorization");
    const outcome = await gate({ authorization, url: c.req.url });
    if (outcome.kind === "refused") {
      const { status, headers, body } = outcome.refusal;
      return new Response(JSON.stringify(body), { status, headers });
    }
    c.set("session", outcome.session);
    return next();
  };
}
