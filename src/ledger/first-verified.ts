import type { Ledger } from "./state.ts";

/** Users may sign in only once a year, so this is longer than a year. Each approval restarts it. */
export const keptMs = 400 * 24 * 60 * 60 * 1000;

/**
 * Notes when the number was first verified. No rule of the guard reads it (SECURITY N3). Changes
 * `ledger`.
 */
export function noteVerified(ledger: Ledger, nowMs: number): void {
  const firstAtMs = ledger.verified?.firstAtMs ?? nowMs;
  ledger.verified = { firstAtMs, untilMs: nowMs + keptMs };
}
