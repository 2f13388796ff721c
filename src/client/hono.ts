import type { MiddlewareHandler } from "hono";
import type { VerifiedSession } from "./claims.ts";
import { createSessionGate, type SessionGateOptions } from "./session-gate.ts";

export type { VerifiedSession } from "./claims.ts";
export type { SessionGateOptions } from "./session-gate.ts";

/** What `requireSession` puts into Hono's context: `c.var.session`. */
export interface SessionEnv {
  Variables: { session: VerifiedSession };
}

/**
 * Hono middleware that lets a request pass with a valid access token, strong and recent enough,
 * and answers every other one itself: as RFC 6750 and RFC 9470 say, with a problem document.
 * CORS comes before it, since a preflight carries no token.
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
