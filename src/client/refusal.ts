import type { SessionRequirements } from "./requirements.ts";
import type { TokenError, TokenErrorCode } from "./token-error.ts";

/** The HTTP answer to a request whose token is refused. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 410 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** A problem document (RFC 9457). */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface RefusalContext {
  readonly issuer: string;
  /** The `realm` of the challenge (RFC 9110 §11.5). */
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
 * Returns the answer to a `TokenError`. Status and `WWW-Authenticate` follow RFC 6750 §3. A session
 * that is valid but too weak or too old follows RFC 9470 §3, so that the client can step up. A
 * request without a token gets no `error`. Keys that cannot be fetched are 503: the gate fails
 * closed.
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

/**
 * The codes that the deployment explains under `/problems/`. It has a page only for codes of its
 * contract.
 */
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

/**
 * Writes a challenge (RFC 9110 §11.6.1). The values come from this file and from the operator; they
 * are escaped nevertheless.
 */
function writeChallenge(parameters: Readonly<Record<string, unknown>>): string {
  const written = Object.entries(parameters).map(([name, value]) => {
    const text = String(value).replaceAll(/["\\]/g, "\\$&");
    return `${name}="${text}"`;
  });
  return `Bearer ${written.join(", ")}`;
}
