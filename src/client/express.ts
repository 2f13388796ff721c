import type { VerifiedSession } from "./claims.ts";
import { createSessionGate, type GateOutcome, type SessionGateOptions } from "./session-gate.ts";

export type { VerifiedSession } from "./claims.ts";
export type { SessionGateOptions } from "./session-gate.ts";

/** The part of a request that the middleware reads. Express's and Node's requests have it. */
export interface IncomingRequest {
  /**
   * All values of each header. Node's `headers` keeps only the first of two `Authorization`
   * headers.
   */
  readonly headersDistinct: Readonly<Record<string, readonly string[] | undefined>>;
  readonly url?: string | undefined;
  /** The whole URL. Express shortens `url` inside a router. */
  readonly originalUrl?: string | undefined;
}

/**
 * The part of a response that the middleware writes a refusal to. Express's and Node's responses
 * have it.
 */
export interface OutgoingResponse {
  writeHead(status: number, headers: Record<string, string>): { end(body: string): unknown };
}

const sessions = new WeakMap<IncomingRequest, VerifiedSession>();

/**
 * Returns middleware for Express 4 and 5, and for each server that calls `(req, res, next)`. It
 * requires a valid access token, strong and recent enough. It answers every other request itself
 * (RFC 6750, RFC 9470). It passes a bug to `next` as an error.
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

/**
 * Returns the session of a request that passed `requireSession`. Throws a `TypeError` for any other
 * request.
 */
export function sessionOf(req: IncomingRequest): VerifiedSession {
  const session = sessions.get(req);
  if (session === undefined) throw new TypeError("This request has not passed requireSession");
  return session;
}
