import type { Line } from "../twilio/lookup.ts";
import type { Ledger, Step } from "./state.ts";

const dayMs = 24 * 60 * 60 * 1000;
/** Longer than anybody's year between two sign-ins; each approval begins it anew. */
const verifiedMs = 400 * dayMs;
const lineMs = 30 * dayMs;

/** What the guard may know of a number. */
export interface Reputation {
  readonly isVerified: boolean;
  readonly line?: Line;
}

export function reputationOf({ verifiedUntilMs, line }: Ledger, nowMs: number): Reputation {
  const isVerified = nowMs < (verifiedUntilMs ?? 0);
  if (line === undefined || nowMs >= line.untilMs) return { isVerified };
  const { untilMs: _, ...known } = line;
  return { isVerified, line: known };
}

/** Changes the ledger it is given. */
export function noteVerified(ledger: Ledger, nowMs: number): void {
  ledger.verifiedUntilMs = nowMs + verifiedMs;
}

export function rememberLine(ledger: Ledger, line: Line, nowMs: number): Step<void> {
  const next = structuredClone(ledger);
  next.line = { ...line, untilMs: nowMs + lineMs };
  return { outcome: undefined, next };
}
