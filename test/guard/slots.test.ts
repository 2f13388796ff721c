import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bestSlot,
  countInSlot,
  keptSlots,
  slotsEndMs,
  sumOfSlots,
  type Slots,
} from "../../src/guard/slots.ts";

const size = { slotMs: 1000, kept: 3 };

describe("slots", () => {
  it("count events by their slot", () => {
    const slots = [0, 999, 1000, 2999].reduce<Slots>((all, ms) => countInSlot(all, size, ms), {});
    expect(slots).toEqual({ 0: 2, 1: 1, 2: 1 });
    expect([sumOfSlots(slots), bestSlot(slots), slotsEndMs(slots, size)]).toEqual([4, 2, 5000]);
  });

  it("stop counting a slot when its age reaches the number of kept slots", () => {
    expect(keptSlots({ 7: 5 }, size, 9999)).toEqual({ 7: 5 });
    expect(keptSlots({ 7: 5 }, size, 10_000)).toEqual({});
    expect(slotsEndMs({ 7: 5 }, size)).toBe(10_000);
  });

  it("are empty if nothing was counted", () => {
    expect([sumOfSlots({}), bestSlot({}), slotsEndMs({}, size)]).toEqual([0, 0, 0]);
  });

  it("keep a slot of the future, because the clock may have gone back", () => {
    expect(countInSlot({ 9: 1 }, size, 5000)).toEqual({ 9: 1, 5: 1 });
  });

  it("do not change their argument", () => {
    const slots = Object.freeze({ 1: 1, 5: 1 });
    countInSlot(slots, size, 5000);
    expect(slots).toEqual({ 1: 1, 5: 1 });
  });

  it("count exactly the last full slots and stay few, for any clock that goes forward", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (gaps) => {
        let slots: Slots = {};
        let nowMs = 1_767_322_800_000;
        const seen: number[] = [];
        for (const gap of gaps) {
          nowMs += gap;
          seen.push(nowMs);
          slots = countInSlot(slots, size, nowMs);
          const since = (Math.floor(nowMs / 1000) - 2) * 1000;
          expect(sumOfSlots(slots)).toBe(seen.filter((ms) => ms >= since).length);
          expect(Object.keys(slots).length).toBeLessThanOrEqual(size.kept);
        }
      }),
    );
  });
});
