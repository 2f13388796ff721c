import * as v from "valibot";
import { assuranceLevels, proofPurposes } from "./words.ts";

/** `POST /v1/proofs/consume`, with a service key of the client that started the verification. */
export const consumeRequest = v.strictObject({
  proof_token: v.pipe(
    v.string("must be a text of 1 to 8192 characters"),
    v.minLength(1, "must be a text of 1 to 8192 characters"),
    v.maxLength(8192, "must be a text of 1 to 8192 characters"),
  ),
  /** Whether the proof of a test number is accepted. */
  accept_test: v.optional(v.boolean("must be true or false")),
});

/** The claims of a proof, and the answer to its consumption. Times are seconds since the epoch. */
export const proofClaims = v.strictObject({
  iss: v.string(),
  /** The client id of the service key. */
  aud: v.string(),
  sub: v.string(),
  purpose: v.picklist(proofPurposes),
  amr: v.array(v.string()),
  acr: v.picklist(assuranceLevels),
  /** Base64url SHA-256 of the canonical transaction (RFC 8785). */
  txn: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/))),
  /** The code was the fixed one of a test number. */
  test: v.optional(v.literal(true)),
  jti: v.string(),
  iat: v.pipe(v.number(), v.integer()),
  exp: v.pipe(v.number(), v.integer()),
});
export type ProofClaims = v.InferOutput<typeof proofClaims>;
