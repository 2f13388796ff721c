import { isLoopback, parseOrigin } from "../lib/origin.ts";
import { proofOf, sessionOf, type VerifiedProof, type VerifiedSession } from "./claims.ts";
import { remoteKeys, type FetchKeys } from "./key-set.ts";
import { refuseUnknownOptions } from "./known-options.ts";
import {
  checkProofRequirements,
  checkSessionRequirements,
  demandAcr,
  demandSession,
  type ProofRequirements,
  type SessionRequirements,
} from "./requirements.ts";
import { readSignedToken } from "./signed-token.ts";
import { TokenError } from "./token-error.ts";
import { transactionHash } from "./transaction-hash.ts";
import { weaknessAdvice } from "./weakness-advice.ts";

export interface VerifierOptions {
  /** The deployment's `ISSUER`: an https origin, or a loopback one. Its JWKS is fetched from there. */
  readonly issuer: string;
  /** The deployment's `AUDIENCE`. @default the issuer, as there */
  readonly audience?: string;
  /** The client id of this backend's service key. Needed for proof tokens, which are made for it. */
  readonly clientId?: string;
  /** How far the issuer's clock and ours may be apart: 0 to 60. @default 5 */
  readonly clockToleranceSeconds?: number;
  /** Milliseconds since the epoch. Tokens are judged by it, not jose's cache. @default Date.now */
  readonly now?: () => number;
  /** Fetches the JWKS: a service binding's `fetch`, for instance. @default the global one */
  readonly fetch?: FetchKeys;
}

export interface Verifier {
  readonly issuer: string;
  /**
   * The session of an access token, offline. It may have been signed out since the token was made:
   * where that matters, ask `GET /v1/sessions/current`. Throws a `TokenError`: `missing_token`,
   * `invalid_token`, `insufficient_user_authentication` or `keys_unavailable`.
   */
  verifyAccessToken(
    token: string | null | undefined,
    required?: SessionRequirements,
  ): Promise<VerifiedSession>;
  /**
   * The proof that a person confirmed this purpose, subject and transaction for this backend, once.
   * Throws a `TokenError`, with `wrong_proof` and `proof_used` beside the codes above; it is a
   * `TypeError` when the transaction has no canonical form (`transactionHash`).
   */
  verifyProofToken(
    token: string | null | undefined,
    required: ProofRequirements,
  ): Promise<VerifiedProof>;
}

/**
 * A verifier for backends: make one a process and keep it, since it caches the issuer's keys (five
 * minutes, and up to an hour while they cannot be fetched). Throws a `TypeError` that names the
 * option that is wrong or unknown. With a loopback issuer, which is development, the console
 * explains once why a required `acr` cannot be met.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { issuer, isDevelopment, audience, clientId, clockToleranceSeconds, now, fetch } =
    readOptions(options);
  const keys = remoteKeys(issuer, fetch, now);
  const withAdvice = weaknessAdvice(isDevelopment);
  return {
    issuer,

    async verifyAccessToken(token, required = {}) {
      checkSessionRequirements(required);
      const nowMs = now();
      const kind = { typ: "at+jwt", issuer, audience, clockToleranceSeconds };
      const claims = await readSignedToken(token, kind, keys, nowMs);
      const session = sessionOf(claims, nowMs / 1000 + clockToleranceSeconds);
      withAdvice(() => demandSession(session, required, nowMs, clockToleranceSeconds));
      return session;
    },

    async verifyProofToken(token, required) {
      checkProofRequirements(required);
      if (clientId === undefined) throw new TypeError("createVerifier needs clientId for proofs");
      const expectedHash =
        required.purpose === "transaction"
          ? await transactionHash(required.transaction)
          : undefined;
      const kind = { typ: "proof+jwt", issuer, audience: clientId, clockToleranceSeconds };
      const proof = proofOf(await readSignedToken(token, kind, keys, now()));
      if (proof.purpose !== required.purpose) throw new TokenError("other_purpose");
      if (proof.subject !== required.subject) throw new TokenError("other_subject");
      if (proof.transactionHash !== expectedHash) throw new TokenError("other_transaction");
      withAdvice(() => demandAcr(proof, required.acr));
      const forgetAt = new Date(proof.expiresAt.getTime() + clockToleranceSeconds * 1000);
      const isFirst: unknown = await required.markUsed(proof.proofId, forgetAt);
      if (isFirst !== true) throw new TokenError("used");
      return proof;
    },
  };
}

const maxClockToleranceSeconds = 60;

/** Looked up at each call, and called without `this`: Workers refuse it otherwise. */
const globalFetch: FetchKeys = (url, init) => fetch(url, init);

function readOptions(options: VerifierOptions) {
  const known = ["issuer", "audience", "clientId", "clockToleranceSeconds", "now", "fetch"];
  refuseUnknownOptions("createVerifier", options, known);
  const { issuer, clockToleranceSeconds = 5 } = options;
  const url = parseOrigin(issuer);
  if (url === undefined || (url.protocol !== "https:" && !isLoopback(url)))
    throw new TypeError("issuer must be an https origin such as https://id.example.com, no path");
  for (const name of ["audience", "clientId"] as const)
    if (name in options && (typeof options[name] !== "string" || options[name] === ""))
      throw new TypeError(`${name} must be a text`);
  for (const name of ["now", "fetch"] as const)
    if (name in options && typeof options[name] !== "function")
      throw new TypeError(`${name} must be a function`);
  const isTolerance =
    clockToleranceSeconds >= 0 && clockToleranceSeconds <= maxClockToleranceSeconds;
  if (!Number.isSafeInteger(clockToleranceSeconds) || !isTolerance)
    throw new TypeError("clockToleranceSeconds must be a whole number from 0 to 60");
  return {
    issuer,
    isDevelopment: isLoopback(url),
    audience: options.audience ?? issuer,
    clientId: options.clientId,
    clockToleranceSeconds,
    now: options.now ?? (() => Date.now()),
    fetch: options.fetch ?? globalFetch,
  };
}
