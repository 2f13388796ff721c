import { unsealText } from "../lib/seal.ts";
import { openApp, type AppClaims } from "./app-claims.ts";
import type { VerificationDeps } from "./deps.ts";

/** What the ledger keeps of a verification without being able to read it. */
export interface Sealed {
  readonly sealedNumber: string;
  readonly sealedApp?: string;
}

export async function openSealed(
  deps: VerificationDeps,
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
  deps: VerificationDeps,
  sealed: string,
  nonce: string,
): Promise<string> {
  const number = await unsealText(deps.config.peppers, "number", sealed, nonce);
  if (number === undefined) throw new Error("a number sealed by a pepper that is gone");
  return number;
}
