import type { SessionRequirements } from "./requirements.ts";
import type { TokenError, TokenErrorCode } from "./token-error.ts";

/** An HTTP answer to a request whose token is not accepted. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 410 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** A problem document (RFC 9457). */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface RefusalContext {
  readonly issuer: string;
  /** What the challenge calls the protected space (RFC 9110 §11.5). */
  readonly realm: string;
  readonly required: SessionRequirements;
}

const titles = {
  missing_token: "An access token is required",
  invalid_token: "The token is not valid",
  invalid_request: "The request is not valid",
  insufficient_user_authentication: "This needs a stronger or more recent authentication",
  wrong_proof: "The proof is for something else",
  proof_used: "The proof has been used",
  keys_unavailable: "Tokens cannot be checked right now",
} as const satisfies Record<TokenErrorCode, string>;

const retryAfterSeconds = 5;

/**
 * The answer: status and `WWW-Authenticate` as RFC 6750 §3 says, and RFC 9470 §3 where the session
 * is genuine but too weak or too old, so that a client knows to step up. No `error` where no token
 * came. Keys that cannot be fetched are 503: the token may be good, and nobody is let in.
 */
export function refusalOf(error: TokenError, context: RefusalContext): Refusal {
  const { acr, maxAgeSeconds } = context.required;
  const required = {
    ...(acr !== undefined && { acr_values: acr }),
    ...(maxAgeSeconds !== undefined && { max_age: maxAgeSeconds }),
  };
  const challenge = (parameters: object) => ({
    "WWW-Authenticate": writeChallenge({ realm: context.realm, ...parameters }),
  });
  const described = { error: error.code, error_description: error.message };
  switch (error.code) {
    case "missing_token":
      return problem(401, error, context, challenge({}));
    case "invalid_request":
      return problem(400, error, context, challenge(described));
    case "invalid_token":
      return problem(401, error, context, challenge(described));
    case "insufficient_user_authentication":
      return problem(401, error, context, challenge({ ...described, ...required }), required);
    case "wrong_proof":
      return problem(403, error, context);
    case "proof_used":
      return problem(410, error, context);
    case "keys_unavailable":
      return problem(503, error, context, { "Retry-After": `${retryAfterSeconds}` });
  }
}

/** The codes that the deployment explains under `/problems/`; its contract knows no other. */
const explained = new Map<TokenErrorCode, string>([
  ["missing_token", "invalid_token"],
  ["invalid_token", "invalid_token"],
  ["invalid_request", "invalid_request"],
  ["insufficient_user_authentication", "insufficient_user_authentication"],
  ["proof_used", "proof_used"],
]);

function problem(
  status: Refusal["status"],
  error: TokenError,
  { issuer }: RefusalContext,
  headers: Record<string, string> = {},
  members: Record<string, unknown> = {},
): Refusal {
  const code = explained.get(error.code);
  const type = code === undefined ? "about:blank" : `${issuer}/problems/${code}`;
  return {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      ...headers,
    },
    body: {
      type,
      title: titles[error.code],
      status,
      detail: error.message,
      code: code ?? error.code,
      ...members,
    },
  };
}

/** RFC 9110 §11.6.1. The values are texts of ours and of the operator's, quoted all the same. */
function writeChallenge(parameters: Readonly<Record<string, unknown>>): string {
  const written = Object.entries(parameters).map(([name, value]) => {
    const text = String(value).replaceAll(/["\\]/g, "\\$&");
    return `${name}="${text}"`;
  });
  return `Bearer ${written.join(", ")}`;
}
