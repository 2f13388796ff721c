/** What a service key used up today. Plain JSON, stored as it is. */
export interface DailyUses {
  /** The UTC day, `2035-01-02`. */
  readonly day: string;
  readonly used: number;
}

export interface UseOutcome {
  readonly isAllowed: boolean;
  /** Until the count begins anew, at midnight UTC. */
  readonly retryAfterMs: number;
}

const dayMs = 24 * 60 * 60 * 1000;
export const utcDayOf = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 10);

const today = (uses: DailyUses | undefined, nowMs: number): DailyUses =>
  uses?.day === utcDayOf(nowMs) ? uses : { day: utcDayOf(nowMs), used: 0 };

/** Takes one use of the UTC day, at most `most` a day. */
export function takeUse(
  uses: DailyUses | undefined,
  most: number,
  nowMs: number,
): { readonly outcome: UseOutcome; readonly next: DailyUses } {
  const before = today(uses, nowMs);
  const isAllowed = before.used < most;
  const next = isAllowed ? { ...before, used: before.used + 1 } : before;
  return { outcome: { isAllowed, retryAfterMs: dayMs - (nowMs % dayMs) }, next };
}

/** Gives one use back, on the day on which it was taken. */
export function giveBackUse(
  uses: DailyUses | undefined,
  takenOn: string,
  nowMs: number,
): DailyUses {
  const before = today(uses, nowMs);
  return before.day === takenOn ? { ...before, used: Math.max(0, before.used - 1) } : before;
}

const usesKey = "uses";

/** The uses of one object, in its store. Reading and writing never await. */
export class StoredUses {
  readonly #kv: SyncKvStorage;

  constructor({ kv }: Pick<DurableObjectStorage, "kv">) {
    this.#kv = kv;
  }

  take(most: number, nowMs: number): UseOutcome {
    const { outcome, next } = takeUse(this.#kv.get<DailyUses>(usesKey), most, nowMs);
    this.#kv.put(usesKey, next);
    return outcome;
  }

  giveBack(takenOn: string, nowMs: number): void {
    this.#kv.put(usesKey, giveBackUse(this.#kv.get<DailyUses>(usesKey), takenOn, nowMs));
  }
}
