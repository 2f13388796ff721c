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
  /**
   * The deployment's `ISSUER`: an https origin, or a loopback origin in development. The verifier
   * fetches its JWKS.
   */
  readonly issuer: string;
  /** The deployment's `AUDIENCE`. @default the issuer */
  readonly audience?: string;
  /**
   * The client id of this backend's service key. Required for proof tokens: it is their audience.
   */
  readonly clientId?: string;
  /**
   * Whether tokens of test numbers (`TEST_NUMBERS`) are accepted. Their holder has entered a fixed
   * code, and has proved no phone.
   * @default false
   */
  readonly acceptTestNumbers?: boolean;
  /**
   * The greatest accepted difference between the issuer's clock and this one, 0 to 60 seconds.
   * @default 5
   */
  readonly clockToleranceSeconds?: number;
  /**
   * Milliseconds since the epoch. It decides whether a token has expired. jose's key cache uses the
   * real clock.
   * @default Date.now
   */
  readonly now?: () => number;
  /**
   * Fetches the JWKS, for example with the `fetch` of a service binding.
   * @default the global `fetch`
   */
  readonly fetch?: FetchKeys;
}

export interface Verifier {
  readonly issuer: string;
  /**
   * Returns the session of an access token. It works offline, so a session that was signed out is
   * still accepted until the token expires. To know the present state, ask
   * `GET /v1/sessions/current`. Throws a `TokenError`: `missing_token`, `invalid_token`,
   * `insufficient_user_authentication` or `keys_unavailable`.
   *
   *     const session = await verifier.verifyAccessToken(token, { maxAgeSeconds: 300 });
   */
  verifyAccessToken(
    token: string | null | undefined,
    required?: SessionRequirements,
  ): Promise<VerifiedSession>;
  /**
   * Returns the proof that the user confirmed this purpose, subject and transaction. A proof is
   * accepted once. Throws a `TokenError` with the codes above, `wrong_proof` or `proof_used`.
   * Throws a `TypeError` if the transaction has no canonical form (`transactionHash`).
   */
  verifyProofToken(
    token: string | null | undefined,
    required: ProofRequirements,
  ): Promise<VerifiedProof>;
}

/**
 * Returns a verifier for backends. Make one per process and keep it, because it caches the issuer's
 * keys: for five minutes, and for up to an hour while they cannot be fetched. Throws a `TypeError`
 * that names the option that is wrong or unknown. With a loopback issuer the console explains once
 * why a required `acr` cannot be met.
 *
 *     const verifier = createVerifier({ issuer: "https://id.example.com" });
 *     const session = await verifier.verifyAccessToken(token);
 *     session.subject; // "usr_…"
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { issuer, isDevelopment, audience, clientId, now, fetch, ...common } = readOptions(options);
  const { clockToleranceSeconds } = common;
  const keys = remoteKeys(issuer, fetch, now);
  const withAdvice = weaknessAdvice(isDevelopment);
  return {
    issuer,

    async verifyAccessToken(token, required = {}) {
      checkSessionRequirements(required);
      const nowMs = now();
      const kind = { typ: "at+jwt", issuer, audience, ...common };
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
      const kind = { typ: "proof+jwt", issuer, audience: clientId, ...common };
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

/**
 * Calls the global `fetch` without `this`, because Workers refuse another `this`. Each call looks
 * it up again.
 */
const globalFetch: FetchKeys = (url, init) => fetch(url, init);

function readOptions(options: VerifierOptions) {
  const known = [
    "issuer",
    "audience",
    "clientId",
    "clockToleranceSeconds",
    "now",
    "fetch",
    "acceptTestNumbers",
  ];
  refuseUnknownOptions("createVerifier", options, known);
  const { issuer, clockToleranceSeconds = 5 } = options;
  const url = parseOrigin(issuer);
  if (url === undefined || (url.protocol !== "https:" && !isLoopback(url)))
    throw new TypeError("issuer must be an https origin such as https://id.example.com, no path");
  for (const name of ["audience", "clientId"] as const)
    if (name in options && (typeof options[name] !== "string" || options[name] === ""))
      throw new TypeError(`${name} must be a text`);
  const { acceptTestNumbers = false } = options;
  if (typeof acceptTestNumbers !== "boolean")
    throw new TypeError("acceptTestNumbers must be true or false");
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
    acceptTestNumbers,
    clockToleranceSeconds,
    now: options.now ?? (() => Date.now()),
    fetch: options.fetch ?? globalFetch,
  };
}
