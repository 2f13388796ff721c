import {
  acrs,
  proofPurposes,
  type Acr,
  type ProofPurpose,
  type VerifiedSession,
} from "./claims.ts";
import { refuseUnknownOptions } from "./known-options.ts";
import { TokenError } from "./token-error.ts";

/** What a session must be beyond valid. */
export interface SessionRequirements {
  /**
   * The least assurance: `aal1` is met by `aal2` too. A session is `aal2` only where a backend
   * started the sign-in with `amr: ["pwd"]` or another factor; a step-up by phone does not raise it.
   */
  readonly acr?: Acr;
  /** How long ago the user may have entered a code at most; 0 is "just now". A step-up meets it. */
  readonly maxAgeSeconds?: number;
  /**
   * The clients whose sessions are accepted: `CLIENT_ID` of the deployment for sign-ins of its
   * frontends, and the client id of a service key for sign-ins that a backend started. Demand it
   * where several backends have keys: each can open a session for any `subject` that it names.
   */
  readonly clientId?: string | readonly string[];
}

export const sessionRequirementNames = ["acr", "maxAgeSeconds", "clientId"] as const;

/** What a proof must be for, and that it comes once. */
export type ProofRequirements = {
  /** Whom the proof must be about: the `subject` with which this backend started. */
  readonly subject: string;
  readonly acr?: Acr;
  /**
   * Asked last, when all else is right: `true` if this proof had not been used and now is. Must be
   * atomic (an INSERT under a unique key) and may forget after `forgetAt`. Anything but `true`
   * refuses the proof; `() => true` is right where `POST /v1/proofs/consume` decides instead.
   */
  readonly markUsed: (proofId: string, forgetAt: Date) => boolean | Promise<boolean>;
} & (
  | { readonly purpose: "two_factor" }
  | {
      readonly purpose: "transaction";
      /** The very action that is about to happen, not what a browser says it is. */
      readonly transaction: Readonly<Record<string, unknown>>;
    }
);

/** Throws a `TypeError` that names what is wrong: an option that is present must be meant. */
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
  if ("acr" in required && !acrs.some((acr) => acr === required.acr))
    throw new TypeError(`acr must be one of ${acrs.join(", ")}`);
}

/** Throws `wrong_client`, `too_weak` or `too_old`. The tolerance covers an issuer whose clock is behind ours. */
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
  if (acrs.indexOf(got.acr) < acrs.indexOf(least)) throw new TokenError("too_weak");
}
