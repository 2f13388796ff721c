import type { JWTPayload } from "jose";
import {
  assuranceLevels,
  proofPurposes,
  type AssuranceLevel,
  type ProofPurpose,
} from "../contract/words.ts";
import { isTest, isTime } from "./signed-token.ts";
import { TokenError } from "./token-error.ts";

export type Acr = AssuranceLevel;
export type { ProofPurpose };

/** The claims of a verified access token (RFC 9068 §2.2). */
export interface VerifiedSession {
  /** `sub`: the user's stable identifier. */
  readonly subject: string;
  /** `sid`: stays the same over all refreshes of one sign-in. */
  readonly sessionId: string;
  /** `client_id`: the app that the user signed in to. */
  readonly clientId: string;
  readonly acr: Acr;
  /** Authentication methods that were used (RFC 8176), such as `sms`. */
  readonly amr: readonly string[];
  /** `auth_time`: when the user last entered a right code. A refresh does not change it. */
  readonly authenticatedAt: Date;
  readonly expiresAt: Date;
  /** The verified number in E.164, where the operator set `TOKEN_CLAIMS=phone_number`. */
  readonly phoneNumber: string | undefined;
  /** `test`: the user entered the fixed code of a test number. Only with `acceptTestNumbers`. */
  readonly isTest: boolean;
  /** All signed claims, those of `TOKEN_EXTRA_CLAIMS` among them. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The claims of a verified proof token. */
export interface VerifiedProof {
  readonly subject: string;
  readonly purpose: ProofPurpose;
  readonly acr: Acr;
  readonly amr: readonly string[];
  /** `jti`: the proof's identifier, by which a second use is recognised. */
  readonly proofId: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** `txn`: set if the purpose is `transaction`. */
  readonly transactionHash: string | undefined;
  /** `test`: the user entered the fixed code of a test number. Only with `acceptTestNumbers`. */
  readonly isTest: boolean;
  readonly claims: Readonly<Record<string, unknown>>;
}

type SignedClaims = JWTPayload & { readonly iat: number; readonly exp: number };

/**
 * Reads the claims of an access token. Throws `wrong_claims` if one is missing or malformed.
 * `latestSeconds`: the latest accepted `auth_time`, in seconds since the epoch.
 * @internal
 */
export function sessionOf(claims: SignedClaims, latestSeconds: number): VerifiedSession {
  text(claims.jti);
  const authTime = claims.auth_time;
  if (!isTime(authTime) || authTime > latestSeconds) throw new TokenError("wrong_claims");
  return {
    ...userClaims(claims),
    sessionId: text(claims.sid),
    clientId: text(claims.client_id),
    authenticatedAt: date(authTime),
    expiresAt: date(claims.exp),
    phoneNumber: claims.phone_number_verified === true ? text(claims.phone_number) : undefined,
    claims,
  };
}

/**
 * Reads the claims of a proof token. Throws `wrong_claims` if one is missing or malformed.
 * @internal
 */
export function proofOf(claims: SignedClaims): VerifiedProof {
  const purpose = oneOf(proofPurposes, claims.purpose);
  return {
    ...userClaims(claims),
    purpose,
    proofId: text(claims.jti),
    issuedAt: date(claims.iat),
    expiresAt: date(claims.exp),
    transactionHash: purpose === "transaction" ? text(claims.txn) : undefined,
    claims,
  };
}

function userClaims(claims: JWTPayload) {
  const { sub, acr, amr } = claims;
  if (!Array.isArray(amr) || amr.length === 0) throw new TokenError("wrong_claims");
  return {
    subject: text(sub),
    acr: oneOf(assuranceLevels, acr),
    amr: amr.map(text),
    isTest: isTest(claims),
  };
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
