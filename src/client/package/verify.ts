// The exports of `phonegate-client/verify`.
export { createVerifier, type Verifier, type VerifierOptions } from "../verify.ts";
export type { Acr, ProofPurpose, VerifiedProof, VerifiedSession } from "../claims.ts";
export type { ProofRequirements, SessionRequirements } from "../requirements.ts";
export { TokenError, type TokenErrorCode, type TokenErrorReason } from "../token-error.ts";
export { transactionHash } from "../transaction-hash.ts";
export { createSessionGate, type GateOutcome, type SessionGateOptions } from "../session-gate.ts";
export type { Credentials } from "../bearer-token.ts";
export type { Refusal } from "../refusal.ts";
export type { FetchKeys } from "../key-set.ts";
