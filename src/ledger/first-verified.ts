import type { Ledger } from "./state.ts";

/** Longer than a year between two sign-ins of one person; each approval begins it anew. */
const keptMs = 400 * 24 * 60 * 60 * 1000;

/** Notes when the number was first verified. No rule of the guard reads it (SECURITY N3). */
export function noteVerified(ledger: Ledger, nowMs: number): void {
  const firstAtMs = ledger.verified?.firstAtMs ?? nowMs;
  ledger.verified = { firstAtMs, untilMs: nowMs + keptMs };
}
