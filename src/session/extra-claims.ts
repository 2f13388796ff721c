import { parseExtraClaims, type ExtraClaims, type TokenClaims } from "../config/token-claims.ts";
import { sealText, unsealText, type Keyring } from "../lib/seal.ts";
import type { Family } from "./family.ts";
import { openSessionNumber } from "./session-number.ts";

const label = "session-claims";

/** Seals the claims that one session adds to its tokens. `parseExtraClaims` must have accepted them. */
export const sealExtraClaims = (claims: ExtraClaims, sessionId: string, peppers: Keyring) =>
  sealText(peppers, label, JSON.stringify(claims), sessionId);

/**
 * Returns the additional claims of a session's access tokens. All additional claims come from here: at
 * the sign-in, at each refresh and at a step-up. They are joined in this order, and the later one wins:
 *
 * 1. `TOKEN_EXTRA_CLAIMS` of the deployment.
 * 2. The session's own claims, sealed when it was opened: `openSession(deps, { …, extraClaims })`, where
 *    `parseExtraClaims` has accepted `extraClaims`. They stay for the session's lifetime.
 * 3. `phone_number` and `phone_number_verified`, if `TOKEN_CLAIMS` lists `phone_number`.
 * 4. `test`, for a session of a test number. Its number is never verified.
 * 5. The claims of `signAccessToken`, which cannot be replaced.
 *
 * Returns undefined if a needed pepper was removed. A token without these claims might allow more than a
 * token with them, so the user has to sign in again.
 */
export async function extraClaimsOf(
  { constant, phoneNumber }: TokenClaims,
  sessionId: string,
  family: Pick<Family, "sealedNumber" | "sealedClaims" | "isTest">,
  peppers: Keyring,
): Promise<ExtraClaims | undefined> {
  const isTest = family.isTest === true;
  const test = isTest ? { test: true } : {};
  const own = await openExtraClaims(family, sessionId, peppers);
  if (own === undefined) return undefined;
  if (!phoneNumber) return { ...constant, ...own, ...test };
  const phone_number = await openSessionNumber(family, sessionId, peppers);
  if (phone_number === undefined) return undefined;
  return { ...constant, ...own, ...test, phone_number, phone_number_verified: !isTest };
}

async function openExtraClaims(
  { sealedClaims }: Pick<Family, "sealedClaims">,
  sessionId: string,
  peppers: Keyring,
): Promise<ExtraClaims | undefined> {
  if (sealedClaims === undefined) return {};
  const text = await unsealText(peppers, label, sealedClaims, sessionId);
  if (text === undefined) return undefined;
  // Parsed again, because a newer version may reserve more names than the version that sealed them.
  const outcome = parseExtraClaims(JSON.parse(text));
  return outcome.kind === "claims" ? outcome.claims : undefined;
}
