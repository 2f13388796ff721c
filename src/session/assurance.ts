import { amrOf, type Channel } from "../contract/channels.ts";
import type { AssuranceLevel } from "../contract/words.ts";

/** Methods that prove what the user knows or is. A code to a phone proves what the user has. */
const otherFactors: ReadonlySet<string> = new Set([
  "pwd",
  "pin",
  "face",
  "fpt",
  "iris",
  "retina",
  "vbm",
  "mfa",
]);

/** Returns the earlier methods and the method of this channel, without duplicates. */
export function addChannelMethod(before: readonly string[], channel: Channel): string[] {
  return [...new Set([...before, amrOf(channel)])];
}

/**
 * Returns the assurance level (NIST SP 800-63B-4 §2.2). `aal2` needs two different factors. A phone is
 * something that the user has, so two phones, or a phone and a security key, stay `aal1`.
 */
export function assuranceOf(amr: readonly string[]): AssuranceLevel {
  return amr.some((method) => otherFactors.has(method)) ? "aal2" : "aal1";
}
