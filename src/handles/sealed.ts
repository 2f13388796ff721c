import type { Config } from "../config.ts";
import { unsealText } from "../lib/seal.ts";
import { openAppClaims, type AppClaims } from "./app-claims.ts";
import { sealHandle, type VerificationHandle } from "./verification-id.ts";

/** What the ledger stores of a verification but cannot read. */
export interface Sealed {
  readonly sealedNumber: string;
  readonly sealedApp?: string;
}

/** Opens both parts. Throws if their pepper was removed from the settings. */
export async function openSealed(
  deps: { readonly config: Pick<Config, "peppers"> },
  { sealedNumber, sealedApp }: Sealed,
  nonce: string,
): Promise<{ to: string; app: AppClaims | undefined }> {
  const to = await openNumber(deps, sealedNumber, nonce);
  if (sealedApp === undefined) return { to, app: undefined };
  const app = await openAppClaims(sealedApp, nonce, deps.config.peppers);
  if (app === undefined) throw new Error("an app's claims are sealed by a pepper that was removed");
  return { to, app };
}

async function openNumber(
  deps: { readonly config: Pick<Config, "peppers"> },
  sealed: string,
  nonce: string,
): Promise<string> {
  const number = await unsealText(deps.config.peppers, "number", sealed, nonce);
  if (number === undefined) throw new Error("a number is sealed by a pepper that was removed");
  return number;
}

/**
 * Returns the id with which the start was answered, or undefined if its pepper was removed. An id
 * sealed by a newer pepper would differ, and would outlive the data in the ledger.
 */
export async function originalId(
  { peppers }: Pick<Config, "peppers">,
  handle: VerificationHandle,
  sealedNumber: string,
): Promise<string | undefined> {
  for (const pepper of peppers)
    if ((await unsealText([pepper], "number", sealedNumber, handle.nonce)) !== undefined)
      return sealHandle(handle, [pepper]);
  return undefined;
}
