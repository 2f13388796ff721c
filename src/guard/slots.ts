/** Counts of events in slots of equal length, by the number of the slot since the epoch. */
export type Slots = Readonly<Record<string, number>>;

export interface SlotSize {
  readonly slotMs: number;
  /** How many slots count, with the current one. So the time span is up to one slot shorter. */
  readonly kept: number;
}

/**
 * Returns the slots that still count. If a clock went back, a slot may lie in the future. It counts
 * too.
 */
export function keptSlots(slots: Slots, { slotMs, kept }: SlotSize, nowMs: number): Slots {
  const oldest = Math.floor(nowMs / slotMs) - kept + 1;
  const entries = Object.entries(slots);
  return entries.every(([slot]) => Number(slot) >= oldest)
    ? slots
    : Object.fromEntries(entries.filter(([slot]) => Number(slot) >= oldest));
}

/** Counts one event, and drops slots that no longer count. */
export function countInSlot(slots: Slots, size: SlotSize, nowMs: number): Slots {
  const kept = keptSlots(slots, size, nowMs);
  const slot = Math.floor(nowMs / size.slotMs);
  return { ...kept, [slot]: (kept[slot] ?? 0) + 1 };
}

/** Returns the events of all slots. */
export function sumOfSlots(slots: Slots): number {
  return Object.values(slots).reduce((sum, count) => sum + count, 0);
}

/** Returns the events of the fullest slot. */
export function bestSlot(slots: Slots): number {
  return Math.max(0, ...Object.values(slots));
}

/** Returns when the last slot stops counting, in milliseconds since the epoch, or 0 without slots. */
export function slotsEndMs(slots: Slots, { slotMs, kept }: SlotSize): number {
  return Math.max(0, ...Object.keys(slots).map((slot) => (Number(slot) + kept) * slotMs));
}
