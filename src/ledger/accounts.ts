import type { Limit } from "../lib/env-reader.ts";
import {
  countFailure,
  forgetFailures,
  lockWaitMs,
  longestLockMs,
  mayJudge,
  newAccount,
  sendWaitMs,
} from "./caller-limits.ts";
import { callerClasses, type CallerClass } from "../contract/words.ts";
import type { Account, CallerRef, ClientAccount, Ledger, Send } from "./state.ts";
import { serviceOf } from "./caller-reference.ts";
import { evictSubject } from "./evict-subject.ts";
import { grantPauseMs } from "./reset-locks.ts";
import { checksInFlight } from "./lease.ts";

/**
 * Accounts count the sends and wrong codes of callers. Each caller class has one account. Each client of a
 * service key has one account for its sends, and one for the wrong codes of each of its subjects. So users
 * of the same client, or of different clients, cannot lock each other out.
 */

/** Wrong codes of all its subjects after which a client is stopped (NIST SP 800-63B-4 §3.2.2). */
export const clientStop = 100;

/** Returns the class of a caller. */
export const classOf = (caller: CallerRef): CallerClass =>
  callerClasses.find((each) => each === caller) ?? "service";

/** Returns whether both callers share one account for sends: the same class, or the same client. */
export function shareSends(one: CallerRef, other: CallerRef): boolean {
  const [named, another] = [serviceOf(one), serviceOf(other)];
  return named === undefined || another === undefined
    ? one === other
    : named.client === another.client;
}

/** Returns the milliseconds until the caller may send again, by limits and locks, or 0. */
export function waitToSendMs(
  ledger: Ledger,
  caller: CallerRef,
  limits: readonly Limit[],
  nowMs: number,
): number {
  const waitMs = sendWaitMs(accountOf(ledger, caller), classOf(caller), limits, nowMs);
  return Math.max(waitMs, stopWaitMs(ledger, caller));
}

/** Returns the milliseconds until the caller may check a code again, or 0. */
export function waitToCheckMs(ledger: Ledger, caller: CallerRef, nowMs: number): number {
  const waitMs = lockWaitMs(accountOf(ledger, caller), classOf(caller), nowMs);
  return Math.max(waitMs, stopWaitMs(ledger, caller));
}

/**
 * Returns whether one more wrong code stays within the next lock and stop, with all checks in
 * flight.
 */
export function mayBeJudged(ledger: Ledger, caller: CallerRef): boolean {
  const outstanding = checksInFlight(ledger);
  const own = outstanding.filter((other) => other === caller).length;
  if (!mayJudge(accountOf(ledger, caller), classOf(caller), own)) return false;
  const client = clientOf(ledger, caller);
  if (client === undefined) return true;
  const ofClient = outstanding.filter((other) => shareSends(other, caller)).length;
  return failuresOf(client) + ofClient < clientStop;
}

/** Counts a code that was certainly wrong. This function and all below change `ledger`. */
export function recordFailure(ledger: Ledger, caller: CallerRef, nowMs: number): void {
  const named = serviceOf(caller);
  if (named === undefined) return countFailure(classAccount(ledger, caller), nowMs);
  const client = clientAccount(ledger, named.client);
  if (client.subjects[named.subject] === undefined) evictSubject(ledger, client, nowMs);
  const subject = (client.subjects[named.subject] ??= {
    failures: 0,
    lockedUntilMs: 0,
    lastFailureAtMs: nowMs,
  });
  subject.lastFailureAtMs = nowMs;
  countFailure(subject, nowMs);
}

/** Notes a right code: resets the wrong codes of the caller's own account, and of no other account. */
export function recordSuccess(ledger: Ledger, caller: CallerRef): void {
  const named = serviceOf(caller);
  if (named === undefined) forgetFailures(classAccount(ledger, caller));
  else delete ledger.clients?.[named.client]?.subjects[named.subject];
}

/** Replaces the sends in the caller's account. */
export function replaceSends(ledger: Ledger, caller: CallerRef, sends: Send[]): void {
  const named = serviceOf(caller);
  const account =
    named === undefined ? classAccount(ledger, caller) : clientAccount(ledger, named.client);
  account.sends = sends;
}

/** Deletes what does not count any more. Returns the times of the next deletions, in milliseconds. */
export function pruneAccounts(ledger: Ledger, nowMs: number): number[] {
  const due: number[] = [];
  for (const name of callerClasses) {
    const account = ledger.callers[name];
    if (account === undefined) continue;
    account.sends = account.sends.filter(({ countsUntilMs }) => nowMs < countsUntilMs);
    if (nowMs >= (account.grantedAtMs ?? 0) + grantPauseMs) delete account.grantedAtMs;
    due.push(...account.sends.map(({ countsUntilMs }) => countsUntilMs));
    if (account.grantedAtMs !== undefined) due.push(account.grantedAtMs + grantPauseMs);
    // Wrong codes never expire. Only a right code or a reset deletes them.
    const isOver = account.sends.length === 0 && account.failures === 0;
    if (isOver && account.grantedAtMs === undefined) delete ledger.callers[name];
  }
  for (const [name, client] of Object.entries(ledger.clients ?? {})) {
    client.sends = client.sends.filter(({ countsUntilMs }) => nowMs < countsUntilMs);
    due.push(...client.sends.map(({ countsUntilMs }) => countsUntilMs));
    if (client.sends.length === 0 && failuresOf(client) === 0) delete ledger.clients?.[name];
  }
  if (Object.keys(ledger.clients ?? {}).length === 0) delete ledger.clients;
  return due;
}

/** Returns whether any account is left. */
export function hasAccounts({ callers, clients = {} }: Ledger): boolean {
  return Object.keys(callers).length + Object.keys(clients).length > 0;
}

const clientOf = (ledger: Ledger, caller: CallerRef): ClientAccount | undefined =>
  ledger.clients?.[serviceOf(caller)?.client ?? ""];

/** Returns a copy of the caller's account: its sends, wrong codes and lock. */
export function accountOf(ledger: Ledger, caller: CallerRef): Readonly<Account> {
  const named = serviceOf(caller);
  if (named === undefined) return { ...newAccount(), ...ledger.callers[classOf(caller)] };
  const client = clientOf(ledger, caller);
  return { ...newAccount(), ...client?.subjects[named.subject], sends: client?.sends ?? [] };
}

function classAccount(ledger: Ledger, caller: CallerRef): Account {
  return (ledger.callers[classOf(caller)] ??= newAccount());
}

function clientAccount(ledger: Ledger, name: string): ClientAccount {
  const clients = (ledger.clients ??= {});
  return (clients[name] ??= { sends: [], subjects: {}, remainder: 0 });
}

/** Returns all wrong codes that count towards the client's stop. */
function failuresOf({ subjects, remainder }: ClientAccount): number {
  return Object.values(subjects).reduce((sum, { failures }) => sum + failures, remainder);
}

function stopWaitMs(ledger: Ledger, caller: CallerRef): number {
  const client = clientOf(ledger, caller);
  return client !== undefined && failuresOf(client) >= clientStop ? longestLockMs : 0;
}
