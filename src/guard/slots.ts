/** Events counted in slots of equal length. Key: the number of the slot since the epoch. */
export type Slots = Readonly<Record<string, number>>;

export interface SlotSize {
  readonly slotMs: number;
  /** How many slots count, the running one included: so the span is up to one slot shorter. */
  readonly kept: number;
}

/** The slots that still count. A slot in the future is a clock that went back: it counts as well. */
export function keptSlots(slots: Slots, { slotMs, kept }: SlotSize, nowMs: number): Slots {
  const oldest = Math.floor(nowMs / slotMs) - kept + 1;
  const entries = Object.entries(slots);
  return entries.every(([slot]) => Number(slot) >= oldest)
    ? slots
    : Object.fromEntries(entries.filter(([slot]) => Number(slot) >= oldest));
}

/** One event more; what no longer counts is dropped, so the slots stay few. */
export function countInSlot(slots: Slots, size: SlotSize, nowMs: number): Slots {
  const kept = keptSlots(slots, size, nowMs);
  const slot = Math.floor(nowMs / size.slotMs);
  return { ...kept, [slot]: (kept[slot] ?? 0) + 1 };
}

export function sumOfSlots(slots: Slots): number {
  return Object.values(slots).reduce((sum, count) => sum + count, 0);
}

export function bestSlot(slots: Slots): number {
  return Math.max(0, ...Object.values(slots));
}

/** The moment at which the last of these slots stops counting; 0 where there is none. */
export function slotsEndMs(slots: Slots, { slotMs, kept }: SlotSize): number {
  return Math.max(0, ...Object.keys(slots).map((slot) => (Number(slot) + kept) * slotMs));
}
