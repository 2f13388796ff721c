import { parseExtraClaims, type ExtraClaims, type TokenClaims } from "../config/token-claims.ts";
import { sealText, unsealText, type Keyring } from "../lib/seal.ts";
import type { Family } from "./family.ts";
import { openSessionNumber } from "./session-number.ts";

const label = "session-claims";

/** Seals the claims that one session adds to its tokens. They must have passed `parseExtraClaims`. */
export const sealExtraClaims = (claims: ExtraClaims, sessionId: string, peppers: Keyring) =>
  sealText(peppers, label, JSON.stringify(claims), sessionId);

/**
 * Everything that an access token of the session says beside the claims that each token has. This is
 * the one place that adds claims, at the sign-in, at each refresh and at a step-up. In this order,
 * the later one wins:
 *
 * 1. `TOKEN_EXTRA_CLAIMS` of the deployment;
 * 2. the session's own, sealed when it was opened: `openSession(deps, { …, extraClaims })`, where
 *    `extraClaims` is what `parseExtraClaims` let through. They stay for the session's life;
 * 3. `phone_number` and `phone_number_verified`, where `TOKEN_CLAIMS` lists `phone_number`;
 * 4. the claims of `signAccessToken`, which nothing here can replace.
 *
 * Undefined when a pepper that is needed is gone: a token without its claims might open more than
 * one with them, so the user signs in anew.
 */
export async function extraClaimsOf(
  { constant, phoneNumber }: TokenClaims,
  sessionId: string,
  family: Pick<Family, "sealedNumber" | "sealedClaims">,
  peppers: Keyring,
): Promise<ExtraClaims | undefined> {
  const own = await openExtraClaims(family, sessionId, peppers);
  if (own === undefined) return undefined;
  if (!phoneNumber) return { ...constant, ...own };
  const phone_number = await openSessionNumber(family, sessionId, peppers);
  if (phone_number === undefined) return undefined;
  return { ...constant, ...own, phone_number, phone_number_verified: true };
}

async function openExtraClaims(
  { sealedClaims }: Pick<Family, "sealedClaims">,
  sessionId: string,
  peppers: Keyring,
): Promise<ExtraClaims | undefined> {
  if (sealedClaims === undefined) return {};
  const text = await unsealText(peppers, label, sealedClaims, sessionId);
  if (text === undefined) return undefined;
  // Judged again: a version that reserves more names than the one that sealed them may read them.
  const outcome = parseExtraClaims(JSON.parse(text));
  return outcome.kind === "claims" ? outcome.claims : undefined;
}
