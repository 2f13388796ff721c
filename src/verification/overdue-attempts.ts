import { countFailure, newCaller } from "./caller-limits.ts";
import type { Ledger } from "./ledger-state.ts";
import { outstandingOf } from "./ledger-view.ts";

/** A copy in which attempts that were never heard of again have become wrong codes. */
export function failOverdueAttempts(ledger: Ledger, nowMs: number): Ledger {
  const next = structuredClone(ledger);
  for (const attempt of Object.values(next.codes).flatMap(outstandingOf)) {
    if (nowMs < attempt.deadlineMs) continue;
    attempt.state = "wrong";
    countFailure((next.callers[attempt.caller] ??= newCaller()), attempt.deadlineMs);
  }
  return next;
}
