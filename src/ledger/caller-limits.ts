import type { Limit } from "../lib/env-reader.ts";
import type { CallerClass } from "../contract/words.ts";
import type { Account, Failures } from "./state.ts";

/**
 * Each ten wrong codes in a row lock the account: first for 15 minutes, then twice as long, up to a
 * day.
 */
export const failuresPerLock = 10;
const firstLockMs = 15 * 60 * 1000;
export const longestLockMs = 24 * 60 * 60 * 1000;

/**
 * Wrong codes in a row that stop an account until it is reset. Strangers share one account, and known
 * devices share one. Each subject of a client has an account of class `service`. NIST SP 800-63B-4 §3.2.2
 * allows at most 100.
 */
export const hardStops: Readonly<Record<CallerClass, number>> = {
  anonymous: 50,
  known: 25,
  service: 25,
};

export const newAccount = (): Account => ({ sends: [], failures: 0, lockedUntilMs: 0 });

/** Returns the milliseconds until the account may send again, by limits and lock, or 0. */
export function sendWaitMs(
  caller: Account,
  callerClass: CallerClass,
  limits: readonly Limit[],
  nowMs: number,
): number {
  const waits = limits.map((limit) => windowWaitMs(caller, limit, nowMs));
  return Math.max(lockWaitMs(caller, callerClass, nowMs), ...waits);
}

/** The window slides: there are never more than `count` sends in any period of `seconds`. */
function windowWaitMs(
  caller: Pick<Account, "sends">,
  { count, seconds }: Limit,
  nowMs: number,
): number {
  const windowMs = seconds * 1000;
  const times = caller.sends.map(({ atMs }) => atMs).filter((atMs) => nowMs - atMs < windowMs);
  // The next send is possible as soon as this send has left the window.
  const leaving = times.toSorted((left, right) => right - left)[count - 1];
  return leaving === undefined ? 0 : leaving + windowMs - nowMs;
}

/** Returns the milliseconds until the lock ends, or 0. A stopped account gives a day. */
export function lockWaitMs(caller: Failures, callerClass: CallerClass, nowMs: number): number {
  if (caller.failures >= hardStops[callerClass]) return longestLockMs;
  return Math.max(0, caller.lockedUntilMs - nowMs);
}

/** Returns whether one more wrong code stays within the next lock and the hard stop. */
export function mayJudge(caller: Failures, callerClass: CallerClass, outstanding: number): boolean {
  const nextLock = (Math.floor(caller.failures / failuresPerLock) + 1) * failuresPerLock;
  return caller.failures + outstanding < Math.min(nextLock, hardStops[callerClass]);
}

/** Counts a code that was certainly wrong. Changes `caller`. */
export function countFailure(caller: Failures, nowMs: number): void {
  caller.failures += 1;
  if (caller.failures % failuresPerLock !== 0) return;
  const lockMs = firstLockMs * 2 ** (caller.failures / failuresPerLock - 1);
  caller.lockedUntilMs = nowMs + Math.min(lockMs, longestLockMs);
}

/** Resets the account's wrong codes. Its sends stay counted. */
export function forgetFailures(caller: Failures): void {
  caller.failures = 0;
  caller.lockedUntilMs = 0;
}
