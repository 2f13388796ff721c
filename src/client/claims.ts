import type { JWTPayload } from "jose";
import { isTime } from "./signed-token.ts";
import { TokenError } from "./token-error.ts";

/** Assurance levels, the weaker first: one factor, or two different ones (NIST SP 800-63B-4 §2). */
export const acrs = ["aal1", "aal2"] as const;
export type Acr = (typeof acrs)[number];

export const proofPurposes = ["two_factor", "transaction"] as const;
export type ProofPurpose = (typeof proofPurposes)[number];

/** What an access token says (RFC 9068 §2.2), checked. */
export interface VerifiedSession {
  /** `sub`: the user's stable name. */
  readonly subject: string;
  /** `sid`: the same over all refreshes of one sign-in. */
  readonly sessionId: string;
  /** `client_id`: the app that the user signed in to. */
  readonly clientId: string;
  readonly acr: Acr;
  /** Authentication methods that were used (RFC 8176), such as `sms`. */
  readonly amr: readonly string[];
  /** `auth_time`: when the user last proved something, not when the token was last refreshed. */
  readonly authenticatedAt: Date;
  readonly expiresAt: Date;
  /** All claims as they are signed, such as `phone_number` where the operator turned it on. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What a proof token says, checked. */
export interface VerifiedProof {
  readonly subject: string;
  readonly purpose: ProofPurpose;
  readonly acr: Acr;
  readonly amr: readonly string[];
  /** `jti`: by which a proof is known when it comes again. */
  readonly proofId: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** `txn`, for the purpose `transaction`. */
  readonly transactionHash: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

type SignedClaims = JWTPayload & { readonly iat: number; readonly exp: number };

/**
 * `latestSeconds`: when a user may have proved himself at the latest, seconds since the epoch.
 * @internal
 */
export function sessionOf(claims: SignedClaims, latestSeconds: number): VerifiedSession {
  text(claims.jti);
  const authTime = claims.auth_time;
  if (!isTime(authTime) || authTime > latestSeconds) throw new TokenError("wrong_claims");
  return {
    ...person(claims),
    sessionId: text(claims.sid),
    clientId: text(claims.client_id),
    authenticatedAt: date(authTime),
    expiresAt: date(claims.exp),
    claims,
  };
}

/** @internal */
export function proofOf(claims: SignedClaims): VerifiedProof {
  const purpose = oneOf(proofPurposes, claims.purpose);
  return {
    ...person(claims),
    purpose,
    proofId: text(claims.jti),
    issuedAt: date(claims.iat),
    expiresAt: date(claims.exp),
    transactionHash: purpose === "transaction" ? text(claims.txn) : undefined,
    claims,
  };
}

function person({ sub, acr, amr }: JWTPayload) {
  if (!Array.isArray(amr) || amr.length === 0) throw new TokenError("wrong_claims");
  return { subject: text(sub), acr: oneOf(acrs, acr), amr: amr.map(text) };
}

function text(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new TokenError("wrong_claims");
}

function oneOf<Name extends string>(names: readonly Name[], value: unknown): Name {
  const found = names.find((name) => name === value);
  if (found === undefined) throw new TokenError("wrong_claims");
  return found;
}

const date = (seconds: number): Date => new Date(seconds * 1000);
