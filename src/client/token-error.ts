/**
 * Every reason to refuse a token, with the code and the message for the caller. Reasons and codes
 * are stable.
 */
const refusals = {
  missing: { code: "missing_token", message: "The request has no access token" },
  several_credentials: {
    code: "invalid_request",
    message: "Send one access token, in the Authorization header alone",
  },
  malformed_credentials: {
    code: "invalid_request",
    message: "The Authorization header must be the word Bearer, a space and the token",
  },
  too_long: { code: "invalid_token", message: "The token is longer than 8 KiB" },
  malformed: { code: "invalid_token", message: "This is not a signed JWT" },
  wrong_header: { code: "invalid_token", message: "The token's header names keys or extensions" },
  wrong_algorithm: { code: "invalid_token", message: "The token's algorithm is not accepted" },
  wrong_type: { code: "invalid_token", message: "This is a token of another type" },
  unknown_key: { code: "invalid_token", message: "The token's key is not the issuer's" },
  wrong_signature: { code: "invalid_token", message: "The token's signature is wrong" },
  wrong_issuer: { code: "invalid_token", message: "The token is of another issuer" },
  wrong_audience: { code: "invalid_token", message: "The token is for another audience" },
  wrong_client: { code: "invalid_token", message: "The session is another client's" },
  expired: { code: "invalid_token", message: "The token has expired" },
  not_yet_valid: { code: "invalid_token", message: "The token is not valid yet" },
  wrong_claims: { code: "invalid_token", message: "The token's claims are incomplete or wrong" },
  test_number: { code: "invalid_token", message: "The token is of a test number" },
  too_weak: {
    code: "insufficient_user_authentication",
    message: "A stronger authentication is required",
  },
  too_old: {
    code: "insufficient_user_authentication",
    message: "A more recent authentication is required",
  },
  other_purpose: { code: "wrong_proof", message: "The proof is for another purpose" },
  other_subject: { code: "wrong_proof", message: "The proof is for another subject" },
  other_transaction: { code: "wrong_proof", message: "The proof is for another transaction" },
  used: { code: "proof_used", message: "The proof has been used" },
  no_keys: { code: "keys_unavailable", message: "The issuer's keys cannot be fetched" },
} as const;

export type TokenErrorReason = keyof typeof refusals;
export type TokenErrorCode = (typeof refusals)[TokenErrorReason]["code"];

/**
 * Why a token is refused: `code` decides the HTTP answer, `reason` names the exact fault. The
 * verifier throws it, so that a forgotten check cannot let a request pass. The message comes from a
 * fixed list. It quotes nothing from the token but the `iss` of a wrong issuer. `cause` is set only
 * with `keys_unavailable`.
 */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly code: TokenErrorCode;
  readonly reason: TokenErrorReason;

  /** `detail` is appended to the message. The caller may read it. */
  constructor(reason: TokenErrorReason, cause?: unknown, detail = "") {
    super(refusals[reason].message + detail, cause === undefined ? undefined : { cause });
    this.code = refusals[reason].code;
    this.reason = reason;
  }
}
