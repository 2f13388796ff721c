import { amrOf, type Channel } from "../contract/channels.ts";
import type { AssuranceLevel } from "../contract/words.ts";

/** What a person knows or is. All of ours prove what he has, and so do apps and keys. */
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

/** What was named before, then ours; each once. */
export function withOurs(before: readonly string[], channel: Channel): string[] {
  return [...new Set([...before, amrOf(channel)])];
}

/**
 * NIST SP 800-63B-4 §2.2: two different factors make `aal2`. A phone is something one has, so the
 * same twice, or another thing that one has, stays `aal1`.
 */
export function assuranceOf(amr: readonly string[]): AssuranceLevel {
  return amr.some((method) => otherFactors.has(method)) ? "aal2" : "aal1";
}
