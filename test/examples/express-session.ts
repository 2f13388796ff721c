// Middleware for Express, and for anything that calls (req, res, next). Copy it and change the
// import to where your copy of `src/client` is.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { VerifiedSession } from "../../src/client/claims.ts";
import {
  createSessionGate,
  type GateOutcome,
  type SessionGateOptions,
} from "../../src/client/session-gate.ts";

export type WithSession<Request> = Request & { session?: VerifiedSession };

/** Sets `req.session`, or answers itself. */
export function requireSession(options: SessionGateOptions) {
  const gate = createSessionGate(options);
  return async (
    req: WithSession<IncomingMessage & { originalUrl?: string }>,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void> => {
    // Distinct: Node keeps the first of two Authorization headers in `req.headers`.
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
      res.writeHead(status, headers).end(JSON.stringify(body));
      return;
    }
    req.session = outcome.session;
    next();
  };
}
