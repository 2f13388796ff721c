import { failuresPerLock, forgetFailures } from "./caller-limits.ts";
import { serviceOf } from "./caller-reference.ts";
import type { CallerRef, ClientAccount, Ledger, Step } from "./state.ts";

/** The shortest time between two grants of attempts for strangers. */
export const grantPauseMs = 24 * 60 * 60 * 1000;

export type LocksResetOutcome =
  | { readonly kind: "reset" }
  /** Strangers were granted ten attempts within the last day. */
  | { readonly kind: "granted_today"; readonly retryAfterMs: number };

/**
 * Ends the locks of one class, of one client (`service:<client>`) or of one subject of a client. The wrong
 * codes are reset, and the sends stay counted. Strangers only get ten more attempts, once a day: so an
 * attacker who talks an operator into a reset gets no more than that.
 */
export function resetLocks(
  ledger: Ledger,
  caller: CallerRef,
  nowMs: number,
): Step<LocksResetOutcome> {
  const next = structuredClone(ledger);
  if (caller === "anonymous") return { outcome: grantAttempts(next, nowMs), next };
  const named = serviceOf(caller);
  if (named === undefined) {
    const account = next.callers[caller === "known" ? "known" : "service"];
    if (account !== undefined) forgetFailures(account);
    if (caller === "service") Object.values(next.clients ?? {}).forEach(resetClient);
    return { outcome: { kind: "reset" }, next };
  }
  const client = next.clients?.[named.client];
  if (client !== undefined && named.subject === "") resetClient(client);
  if (client !== undefined) delete client.subjects[named.subject];
  return { outcome: { kind: "reset" }, next };
}

function resetClient(client: ClientAccount): void {
  client.subjects = {};
  client.remainder = 0;
}

/** Gives strangers ten more attempts. Changes `ledger`. */
function grantAttempts(ledger: Ledger, nowMs: number): LocksResetOutcome {
  const account = ledger.callers.anonymous;
  if (account?.grantedAtMs !== undefined && nowMs < account.grantedAtMs + grantPauseMs)
    return { kind: "granted_today", retryAfterMs: account.grantedAtMs + grantPauseMs - nowMs };
  if (account !== undefined && account.failures > 0) {
    account.failures = Math.max(0, account.failures - failuresPerLock);
    account.lockedUntilMs = 0;
    account.grantedAtMs = nowMs;
  }
  return { kind: "reset" };
}
