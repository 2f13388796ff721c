import type { EngineConfig } from "../config.ts";
import type { TestNumber } from "../config/test-numbers.ts";
import type { CodePlan } from "../ledger/start.ts";
import type { Keyring } from "../lib/seal.ts";
import { verificationLifetimeMs } from "../twilio/verify.ts";
import { protectCode } from "./code-digest.ts";

/**
 * Returns how the code of a test number is judged: in the ledger, with either engine, as a code of our
 * own. Its lifetime is that of other codes, but ends with the number's entry at the latest.
 */
export async function planTestCode(
  { code, endsAtMs }: TestNumber,
  nonce: string,
  { engine, peppers }: { readonly engine: EngineConfig; readonly peppers: Keyring },
  nowMs: number,
): Promise<CodePlan> {
  const usualMs =
    engine.name === "verify" ? verificationLifetimeMs : engine.ownCode.lifetimeSeconds * 1000;
  return {
    engine: "messaging",
    protected: await protectCode(code, nonce, peppers),
    lifetimeMs: Math.min(usualMs, endsAtMs - nowMs),
  };
}
