import { errors, jwtVerify, SignJWT } from "jose";
import * as v from "valibot";
import { proofClaims, type ProofClaims } from "../contract/proofs.ts";
import type { Channel } from "../contract/channels.ts";
import type { ProofPurpose } from "../contract/words.ts";
import { assuranceOf, addChannelMethod } from "./assurance.ts";
import { signingAlgorithms } from "../lib/signing-key-parts.ts";
import { isCompactToken, keyFor, type TokenIssuer } from "./own-key.ts";
import type { AppUser } from "./session.ts";
import { subjectOf } from "../handles/subject.ts";

export const proofLifetimeSeconds = 5 * 60;
const type = "proof+jwt";

/** What a proof states. The app's client id is its audience. */
export interface Proof {
  /** Locates the ledger that knows whether the proof was used. */
  readonly jti: string;
  readonly to: string;
  readonly channel: Channel;
  readonly purpose: ProofPurpose;
  readonly app: AppUser & { readonly txn?: string | undefined };
  /** The code was the fixed one of a test number. */
  readonly isTest?: boolean;
}

/**
 * Returns a proof: a signed statement that this user has just proved the number, for one app and
 * purpose.
 */
export async function signProof(
  { jti, to, channel, purpose, app, isTest = false }: Proof,
  by: Pick<TokenIssuer, "issuer" | "signingKeys"> & { subjectKey: Uint8Array<ArrayBuffer> },
  nowMs: number,
): Promise<string> {
  const [key] = by.signingKeys;
  const issuedAt = Math.floor(nowMs / 1000);
  const amr = addChannelMethod(app.amr, channel);
  return new SignJWT({
    purpose,
    amr,
    acr: assuranceOf(amr),
    ...(app.txn !== undefined && { txn: app.txn }),
    ...(isTest && { test: true }),
  })
    .setProtectedHeader({ alg: key.algorithm, typ: type, kid: key.kid })
    .setIssuer(by.issuer)
    .setAudience(app.clientId)
    .setSubject(app.subject ?? (await subjectOf(to, by.subjectKey)))
    .setJti(jti)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + proofLifetimeSeconds)
    .sign(key.privateKey);
}

export type ReadProof =
  | { readonly kind: "proof"; readonly claims: ProofClaims }
  | { readonly kind: "invalid_token" }
  | { readonly kind: "another_client" }
  | { readonly kind: "proof_expired" };

/** Verifies a proof for the client that presents it. Only the ledger knows whether it was used. */
export async function readProof(
  token: string,
  clientId: string,
  by: Pick<TokenIssuer, "issuer" | "signingKeys">,
  nowMs: number,
): Promise<ReadProof> {
  if (!isCompactToken(token)) return { kind: "invalid_token" };
  try {
    const { payload } = await jwtVerify(token, (header) => keyFor(header, by.signingKeys), {
      issuer: by.issuer,
      typ: type,
      algorithms: [...signingAlgorithms],
      // Its expiry is judged below, after its audience.
      currentDate: new Date(0),
    });
    const claims = v.parse(proofClaims, payload);
    if (claims.aud !== clientId) return { kind: "another_client" };
    return nowMs < claims.exp * 1000 ? { kind: "proof", claims } : { kind: "proof_expired" };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof v.ValiError)
      return { kind: "invalid_token" };
    throw error;
  }
}
