import { readBearerToken, type Credentials } from "./bearer-token.ts";
import type { VerifiedSession } from "./claims.ts";
import { refuseUnknownOptions } from "./known-options.ts";
import { refusalOf, type Refusal } from "./refusal.ts";
import {
  checkSessionRequirements,
  sessionRequirementNames,
  type SessionRequirements,
} from "./requirements.ts";
import { TokenError } from "./token-error.ts";
import type { Verifier } from "./verify.ts";

export interface SessionGateOptions extends SessionRequirements {
  readonly verifier: Verifier;
  /** Printable ASCII. @default "phonegate" */
  readonly realm?: string;
}

export type GateOutcome =
  | { readonly kind: "session"; readonly session: VerifiedSession }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * Returns a function that finds the session of a request, or the HTTP answer that refuses it. Every
 * framework's middleware uses it. Throws a `TypeError` if an option is wrong or unknown. The
 * returned function rejects only because of a bug, such as a broken clock. The request must then
 * fail.
 *
 *     const gate = createSessionGate({ verifier, maxAgeSeconds: 300 });
 *     const outcome = await gate({ authorization: request.headers.get("Authorization"), url: request.url });
 *     if (outcome.kind === "refused") return Response.json(outcome.refusal.body, outcome.refusal);
 */
export function createSessionGate(
  options: SessionGateOptions,
): (credentials: Credentials) => Promise<GateOutcome> {
  refuseUnknownOptions("The session gate", options, [
    "verifier",
    "realm",
    ...sessionRequirementNames,
  ]);
  const { verifier, realm = "phonegate", ...required } = options;
  checkSessionRequirements(required);
  if (typeof verifier?.verifyAccessToken !== "function")
    throw new TypeError("verifier must be made by createVerifier");
  // The realm is written into a header, which a line break would end.
  if (!/^[\x20-\x7e]+$/.test(realm)) throw new TypeError("realm must be printable ASCII");
  const context = { issuer: verifier.issuer, realm, required };
  return async (credentials) => {
    try {
      const token = readBearerToken(credentials);
      return { kind: "session", session: await verifier.verifyAccessToken(token, required) };
    } catch (error) {
      if (error instanceof TokenError)
        return { kind: "refused", refusal: refusalOf(error, context) };
      throw error;
    }
  };
}
