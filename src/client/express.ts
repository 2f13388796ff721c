import type { VerifiedSession } from "./claims.ts";
import { createSessionGate, type GateOutcome, type SessionGateOptions } from "./session-gate.ts";

export type { VerifiedSession } from "./claims.ts";
export type { SessionGateOptions } from "./session-gate.ts";

/** What the middleware reads of a request: Express's requests have it, and Node's own. */
export interface IncomingRequest {
  /** Each header's values apart: `headers` of Node keeps the first of two `Authorization`s. */
  readonly headersDistinct: Readonly<Record<string, readonly string[] | undefined>>;
  readonly url?: string | undefined;
  /** Express shortens `url` inside a router and keeps the whole one here. */
  readonly originalUrl?: string | undefined;
}

/** What the middleware writes a refusal to: Express's responses have it, and Node's own. */
export interface OutgoingResponse {
  writeHead(status: number, headers: Record<string, string>): { end(body: string): unknown };
}

const sessions = new WeakMap<IncomingRequest, VerifiedSession>();

/**
 * Middleware for Express 4 and 5, and for each server that calls `(req, res, next)`. A request with
 * a valid access token, strong and recent enough, goes on to `next`; the middleware answers every
 * other request itself, as RFC 6750 and RFC 9470 say. A bug goes to `next` as an error.
 *
 *     app.get("/me", requireSession({ verifier }), (req, res) => {
 *       res.json({ id: sessionOf(req).subject });
 *     });
 */
export function requireSession(options: SessionGateOptions) {
  const gate = createSessionGate(options);
  return async (
    req: IncomingRequest,
    res: OutgoingResponse,
    next: (error?: unknown) => void,
  ): Promise<void> => {
    const authorization = req.headersDistinct.authorization?.join(", ");
    let outcome: GateOutcome;
    try {
      outcome = await gate({ authorization, url: req.originalUrl ?? req.url ?? "" });
    } catch (error) {
      next(error);
      return;
    }
    if (outcome.kind === "refused") {
      const { status, headers, body } = outcome.refusal;
      res.writeHead(status, { ...headers }).end(JSON.stringify(body));
      return;
    }
    sessions.set(req, outcome.session);
    next();
  };
}

/** The session of a request that has passed `requireSession`; a `TypeError` for any other request. */
export function sessionOf(req: IncomingRequest): VerifiedSession {
  const session = sessions.get(req);
  if (session === undefined) throw new TypeError("This request has not passed requireSession");
  return session;
}
