import type { Config } from "../config.ts";
import { unsealText } from "../lib/seal.ts";
import { openApp, type AppClaims } from "./app-claims.ts";
import { sealHandle, type VerificationHandle } from "./verification-id.ts";

/** What the ledger keeps of a verification without being able to read it. */
export interface Sealed {
  readonly sealedNumber: string;
  readonly sealedApp?: string;
}

export async function openSealed(
  deps: { readonly config: Pick<Config, "peppers"> },
  { sealedNumber, sealedApp }: Sealed,
  nonce: string,
): Promise<{ to: string; app: AppClaims | undefined }> {
  const to = await openNumber(deps, sealedNumber, nonce);
  if (sealedApp === undefined) return { to, app: undefined };
  const app = await openApp(sealedApp, nonce, deps.config.peppers);
  if (app === undefined) throw new Error("what an app said, sealed by a pepper that is gone");
  return { to, app };
}

export async function openNumber(
  deps: { readonly config: Pick<Config, "peppers"> },
  sealed: string,
  nonce: string,
): Promise<string> {
  const number = await unsealText(deps.config.peppers, "number", sealed, nonce);
  if (number === undefined) throw new Error("a number sealed by a pepper that is gone");
  return number;
}

/**
 * The id that the start has answered with, or undefined when its pepper is gone. Sealed by a newer
 * pepper it would outlive what the ledger keeps of it.
 */
export async function idAsGiven(
  { peppers }: Pick<Config, "peppers">,
  handle: VerificationHandle,
  sealedNumber: string,
): Promise<string | undefined> {
  for (const pepper of peppers)
    if ((await unsealText([pepper], "number", sealedNumber, handle.nonce)) !== undefined)
      return sealHandle(handle, [pepper]);
  return undefined;
}
