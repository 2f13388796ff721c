import { recordFailure } from "./accounts.ts";
import { releaseLine } from "./lease.ts";
import { endCode, settleCode, sharedCodeOf, unansweredAttempt } from "./shared-code.ts";
import type { Lease } from "./code-state.ts";
import type { Ledger } from "./state.ts";

/**
 * Returns a copy of the ledger without overdue leases. Their holders have crashed: a send counts as sent,
 * and a check counts as a wrong code. So a crash over-counts but never under-counts.
 */
export function endOverdueLeases(ledger: Ledger, nowMs: number): Ledger {
  const next = structuredClone(ledger);
  const overdue = Object.values(next.lines)
    .flatMap(({ lease }) => (lease !== undefined && nowMs >= lease.untilMs ? [lease] : []))
    // Sorted by their ends, because a lock begins with the last wrong code.
    .toSorted((one, two) => one.untilMs - two.untilMs);
  for (const lease of overdue) {
    releaseLine(next, lease.name);
    if (lease.work === "check") loseCheck(next, lease);
    else loseSend(next, lease);
  }
  return next;
}

function loseCheck(ledger: Ledger, lease: Lease): void {
  const code = sharedCodeOf(ledger, lease.code);
  if (code !== undefined) code.unanswered = unansweredAttempt(code, lease.name);
  const verification = ledger.verifications[lease.verification];
  if (verification === undefined) return;
  recordFailure(ledger, verification.caller, lease.untilMs);
}

function loseSend(ledger: Ledger, lease: Lease): void {
  const { service } = sharedCodeOf(ledger, lease.code) ?? {};
  const replaced = service === undefined ? undefined : ledger.lines[service]?.code;
  if (lease.work === "cancel_and_send" && replaced !== undefined)
    endCode(ledger, replaced, "canceled", lease.untilMs);
  settleCode(ledger, lease, { kind: "lease_ended" }, lease.untilMs);
}
