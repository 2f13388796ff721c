import { recordFailure } from "./accounts.ts";
import type { Ledger } from "./state.ts";
import { outstandingOf } from "./view.ts";

/** A copy in which attempts that were never heard of again have become wrong codes. */
export function failOverdueAttempts(ledger: Ledger, nowMs: number): Ledger {
  const next = structuredClone(ledger);
  const outstanding = Object.values(next.codes).flatMap(outstandingOf);
  // In the order of their deadlines: a lock begins with the last of them.
  for (const attempt of outstanding.toSorted((one, two) => one.deadlineMs - two.deadlineMs)) {
    if (nowMs < attempt.deadlineMs) break;
    attempt.state = "wrong";
    recordFailure(next, attempt.caller, attempt.deadlineMs);
  }
  return next;
}
