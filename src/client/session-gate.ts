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
 * What every framework's middleware is made of: the session of a request, or the answer to give.
 * Throws a `TypeError` at once when an option is wrong or unknown. Only errors that are bugs, such
 * as a broken clock, make the gate itself reject: the request must fail then.
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
  // It goes into a header: a line break there would end it.
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
