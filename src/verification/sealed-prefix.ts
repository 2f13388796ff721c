import { prefixKey } from "../guard/prefix-key.ts";
import { sealText } from "../lib/seal.ts";
import type { VerificationDeps } from "./deps.ts";

/** Returns a prefix as the breaker stores it: its key, and the sealed prefix for the operator. */
export async function sealedPrefix(
  { config }: Pick<VerificationDeps, "config">,
  prefix: string,
): Promise<{ readonly key: string; readonly sealed: string }> {
  const [key, sealed] = await Promise.all([
    prefixKey(prefix, config.subjectKey),
    sealText(config.peppers, "conversion-prefix", prefix),
  ]);
  return { key, sealed };
}
