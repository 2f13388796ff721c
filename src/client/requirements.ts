import { assuranceLevels, proofPurposes, type ProofPurpose } from "../contract/words.ts";
import type { Acr, VerifiedSession } from "./claims.ts";
import { refuseUnknownOptions } from "./known-options.ts";
import { TokenError } from "./token-error.ts";

/** Requirements on a session beyond a valid token. */
export interface SessionRequirements {
  /**
   * The lowest accepted level: `aal2` also satisfies `aal1`. A session is `aal2` only if a backend
   * started the sign-in with `amr: ["pwd"]` or another factor. A step-up by phone does not raise
   * the level.
   */
  readonly acr?: Acr;
  /**
   * The greatest age of the user's last right code, in seconds. 0 means "just now". A step-up
   * satisfies it.
   */
  readonly maxAgeSeconds?: number;
  /**
   * The accepted clients. Sign-ins from the deployment's frontends have its `CLIENT_ID`. Sign-ins
   * that a backend started have the client id of its service key. Require it if several backends
   * have keys, because each of them can open a session for any `subject`.
   */
  readonly clientId?: string | readonly string[];
}

export const sessionRequirementNames = ["acr", "maxAgeSeconds", "clientId"] as const;

/** The purpose that a proof must have, and the check that it is used once. */
export type ProofRequirements = {
  /** The `subject` that this backend named when it started the verification. */
  readonly subject: string;
  readonly acr?: Acr;
  /**
   * Called last, after all other checks passed. Returns `true` if the proof was unused, and marks
   * it as used. It must be atomic, such as an INSERT under a unique key. It may forget the proof
   * after `forgetAt`. Any other result refuses the proof. Use `() => true` if
   * `POST /v1/proofs/consume` decides instead.
   */
  readonly markUsed: (proofId: string, forgetAt: Date) => boolean | Promise<boolean>;
} & (
  | { readonly purpose: "two_factor" }
  | {
      readonly purpose: "transaction";
      /**
       * The action that your backend will perform, from its own records and not from the browser.
       */
      readonly transaction: Readonly<Record<string, unknown>>;
    }
);

/**
 * Throws a `TypeError` that names the wrong requirement. A requirement that is present must not be
 * `undefined`.
 */
export function checkSessionRequirements(required: SessionRequirements): void {
  refuseUnknownOptions("The session requirement", required, sessionRequirementNames);
  checkAcr(required);
  if ("clientId" in required && !isListOfTexts([required.clientId].flat()))
    throw new TypeError("clientId must be a text or a list of texts");
  if (!("maxAgeSeconds" in required)) return;
  const seconds = required.maxAgeSeconds;
  if (seconds === undefined || !Number.isSafeInteger(seconds) || seconds < 0)
    throw new TypeError("maxAgeSeconds must be a whole number of seconds, 0 or more");
}

export function checkProofRequirements(required: ProofRequirements): void {
  const known = ["purpose", "subject", "acr", "markUsed"];
  const purpose: ProofPurpose | undefined = required.purpose;
  if (!proofPurposes.includes(purpose))
    throw new TypeError(`purpose must be one of ${proofPurposes.join(", ")}`);
  const also = purpose === "transaction" ? ["transaction"] : [];
  refuseUnknownOptions(`The ${purpose} proof requirement`, required, [...known, ...also]);
  checkAcr(required);
  if (typeof required.subject !== "string" || required.subject === "")
    throw new TypeError("subject must be the text that the verification was started with");
  if (typeof required.markUsed !== "function") throw new TypeError("markUsed must be a function");
}

const isListOfTexts = (values: readonly unknown[]): boolean =>
  values.length > 0 && values.every((value) => typeof value === "string" && value !== "");

function checkAcr(required: { readonly acr?: Acr }): void {
  if ("acr" in required && !assuranceLevels.some((acr) => acr === required.acr))
    throw new TypeError(`acr must be one of ${assuranceLevels.join(", ")}`);
}

/**
 * Throws `wrong_client`, `too_weak` or `too_old`. The tolerance covers an issuer whose clock is
 * behind.
 */
export function demandSession(
  session: VerifiedSession,
  required: SessionRequirements,
  nowMs: number,
  clockToleranceSeconds: number,
): void {
  const { clientId } = required;
  if (clientId !== undefined && ![clientId].flat().includes(session.clientId))
    throw new TokenError("wrong_client");
  demandAcr(session, required.acr);
  if (required.maxAgeSeconds === undefined) return;
  const ageMs = nowMs - session.authenticatedAt.getTime();
  if (ageMs > (required.maxAgeSeconds + clockToleranceSeconds) * 1000)
    throw new TokenError("too_old");
}

export function demandAcr(got: { readonly acr: Acr }, least: Acr = "aal1"): void {
  if (assuranceLevels.indexOf(got.acr) < assuranceLevels.indexOf(least))
    throw new TokenError("too_weak");
}
