/**
 * The sends of all test numbers on one UTC day. They cost nothing, so they are no part of the day's
 * sends and money. The cap bounds what a leaked code is worth.
 */
export interface TestSends {
  /** `2026-11-22`. */
  readonly day: string;
  /** The names of the sends, so that a retry is counted once. */
  readonly ids: readonly string[];
}

export interface TestCapFull {
  readonly kind: "test_cap_full";
  readonly retryAfterMs: number;
}

export type TestCapOutcome =
  | {
      readonly kind: "reserved";
      readonly matched: readonly never[];
      readonly alerts: readonly never[];
    }
  | TestCapFull;

export const testSendsPerDay = 100;
const dayMs = 24 * 60 * 60 * 1000;
const dayOf = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 10);

/** Counts one send of a test number. Idempotent by its name. */
export function reserveTestSend(
  stored: TestSends | undefined,
  id: string,
  nowMs: number,
): { readonly outcome: TestCapOutcome; readonly next: TestSends } {
  const today = sendsOfToday(stored, nowMs);
  if (!today.ids.includes(id) && today.ids.length >= testSendsPerDay)
    return {
      outcome: { kind: "test_cap_full", retryAfterMs: dayMs - (nowMs % dayMs) },
      next: today,
    };
  const ids = today.ids.includes(id) ? today.ids : [...today.ids, id];
  return { outcome: { kind: "reserved", matched: [], alerts: [] }, next: { ...today, ids } };
}

/** Gives back a send that another rule refused. Idempotent. */
export function releaseTestSend(
  stored: TestSends | undefined,
  id: string,
  nowMs: number,
): TestSends {
  const today = sendsOfToday(stored, nowMs);
  return { ...today, ids: today.ids.filter((known) => known !== id) };
}

function sendsOfToday(stored: TestSends | undefined, nowMs: number): TestSends {
  const day = dayOf(nowMs);
  return stored?.day === day ? stored : { day, ids: [] };
}
