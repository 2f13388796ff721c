import type { ConversionConstants } from "../config/guard-rules.ts";
import { bestSlot, countInSlot, keptSlots, slotsEndMs, sumOfSlots, type Slots } from "./slots.ts";

/**
 * The sends and approvals of one key, a country or a prefix: two leaky buckets of unverified sends, and
 * the approvals that decide the buckets' capacities. It is stored as JSON. The state of a new key is
 * `emptyConversion`.
 */
export interface Conversion {
  /** The level at `atMs`: sends that were not approved and have not leaked away. */
  readonly dayLevel: number;
  readonly hourLevel: number;
  readonly atMs: number;
  /** Approvals, in slots of three lengths. */
  readonly days: Slots;
  readonly hours: Slots;
  readonly fiveMinutes: Slots;
  /** The operator's lever, which overrides the buckets. */
  readonly lever?: ConversionLever;
}

/** Until `untilMs` an open key is never full, and a closed key is always full. Then the lever ends. */
export interface ConversionLever {
  readonly holds: "open" | "closed";
  readonly untilMs: number;
}

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const daySlots = { slotMs: dayMs, kept: 14 };
const hourSlots = { slotMs: hourMs, kept: 24 };
const fiveMinuteSlots = { slotMs: 5 * 60 * 1000, kept: 12 };

export const emptyConversion: Conversion = {
  dayLevel: 0,
  hourLevel: 0,
  atMs: 0,
  days: {},
  hours: {},
  fiveMinutes: {},
};

export interface ConversionView {
  readonly dayLevel: number;
  readonly dayCapacity: number;
  readonly hourLevel: number;
  readonly hourCapacity: number;
  /**
   * Why there is no room for one more unverified send: a bucket or the operator's lever. If both buckets
   * are full, it names the slower one. Undefined if there is room.
   */
  readonly fullBecause: "hour" | "day" | "lever" | undefined;
  /** Milliseconds until there is room, unless approvals come earlier, or 0 if there is room. */
  readonly retryAfterMs: number;
}

/**
 * A key is full at its capacity, or at two or three times its capacity for callers with more trust. So
 * these callers still find room in a key that is full for others.
 */
export type Times = 1 | 2 | 3;

/** Returns the levels and capacities at this time. The key is full at `times` its capacity. */
export function viewConversion(
  state: Conversion,
  constants: ConversionConstants,
  nowMs: number,
  times: Times = 1,
): ConversionView {
  const { dayLevel, hourLevel, lever, ...slots } = aged(state, constants, nowMs);
  const capacity = capacitiesOf(slots, constants);
  const waits = waitsForRoom({ dayLevel, hourLevel }, capacity, times);
  const bucket = waits.day > waits.hour ? "day" : "hour";
  const [fullBecause, retryAfterMs] =
    lever === undefined
      ? ([bucket, waits[bucket]] as const)
      : (["lever", lever.holds === "open" ? 0 : lever.untilMs - nowMs] as const);
  return {
    dayLevel,
    dayCapacity: capacity.day,
    hourLevel,
    hourCapacity: capacity.hour,
    fullBecause: retryAfterMs > 0 ? fullBecause : undefined,
    retryAfterMs,
  };
}

/**
 * Returns the milliseconds until half of both capacities is free, unless approvals come earlier. This is
 * later than the first room for one send, so that a key at its limit does not open and close all day.
 */
export function waitForHalfMs(
  state: Conversion,
  constants: ConversionConstants,
  nowMs: number,
): number {
  const now = aged(state, constants, nowMs);
  if (now.lever?.holds === "open") return 0;
  const { day, hour } = capacitiesOf(now, constants);
  const waits = waitsToFall(now, { day, hour }, { day: day / 2, hour: hour / 2 });
  return Math.max(waits.day, waits.hour);
}

/**
 * Counts one unverified send, unless the key is full at `times` its capacity. `added` is what an approval
 * may subtract again.
 */
export function addSend(
  state: Conversion,
  constants: ConversionConstants,
  nowMs: number,
  times: Times = 1,
): { readonly added: 0 | 1; readonly next: Conversion } {
  const now = aged(state, constants, nowMs);
  const { day, hour } = waitsForRoom(now, capacitiesOf(now, constants), times);
  if (day > 0 || hour > 0) return { added: 0, next: now };
  return { added: 1, next: { ...now, dayLevel: now.dayLevel + 1, hourLevel: now.hourLevel + 1 } };
}

/** Subtracts sends that were certainly not made. */
export function giveBackSends(
  state: Conversion,
  added: number,
  constants: ConversionConstants,
  nowMs: number,
): Conversion {
  return drained(aged(state, constants, nowMs), added);
}

/** Counts one approval: it raises the capacities, and subtracts what its verification had added. */
export function addApproval(
  state: Conversion,
  added: number,
  constants: ConversionConstants,
  nowMs: number,
): Conversion {
  const now = drained(aged(state, constants, nowMs), added);
  return {
    ...now,
    days: countInSlot(now.days, daySlots, nowMs),
    hours: countInSlot(now.hours, hourSlots, nowMs),
    fiveMinutes: countInSlot(now.fiveMinutes, fiveMinuteSlots, nowMs),
  };
}

/** Sets the operator's lever. `undefined` removes it. */
export function setLever(state: Conversion, lever: ConversionLever | undefined): Conversion {
  const { lever: _, ...rest } = state;
  return lever === undefined ? rest : { ...rest, lever };
}

/** Returns the operator's lever if it has not ended. */
export function leverOf({ lever }: Conversion, nowMs: number): ConversionLever | undefined {
  return lever !== undefined && nowMs < lever.untilMs ? lever : undefined;
}

/** Empties both buckets and removes the lever. The approvals stay. */
export function resetLevels(state: Conversion): Conversion {
  return setLever({ ...state, dayLevel: 0, hourLevel: 0 }, undefined);
}

/** Returns when the key's state equals that of a new key, so that it may be deleted. */
export function idleFromMs(state: Conversion, constants: ConversionConstants): number {
  const { day, hour } = capacitiesOf(state, constants);
  return Math.max(
    // One thousandth longer than needed, so that rounding leaves nothing in the bucket.
    state.atMs + Math.ceil((state.dayLevel / day) * dayMs * 1.001),
    state.atMs + Math.ceil((state.hourLevel / hour) * hourMs * 1.001),
    slotsEndMs(state.days, daySlots),
    slotsEndMs(state.hours, hourSlots),
    slotsEndMs(state.fiveMinutes, fiveMinuteSlots),
    state.lever?.untilMs ?? 0,
  );
}

type Approvals = Pick<Conversion, "days" | "hours" | "fiveMinutes">;
type Levels = Pick<Conversion, "dayLevel" | "hourLevel">;
interface Capacities {
  readonly day: number;
  readonly hour: number;
}

function capacitiesOf(
  { days, hours, fiveMinutes }: Approvals,
  constants: ConversionConstants,
): Capacities {
  const day = Math.max(
    constants.leastDayCapacity,
    constants.dayShareOfBestDay * bestSlot(days),
    constants.dayShareOfLastDay * sumOfSlots(hours),
  );
  const hour = Math.max(
    constants.leastHourCapacity,
    day / constants.hourCapacitiesPerDay,
    constants.hourShareOfLastHour * sumOfSlots(fiveMinutes),
  );
  return { day, hour };
}

/**
 * Returns the state at this time. A bucket leaks its capacity in its period. The capacity at the last event
 * counts, so that a bucket never gets fuller only because time passes. A clock that goes back is ignored.
 *
 * An example, which a test checks. The best day of a country had 200 approvals, so the
 * capacity is 60 sends a day. At 17:00 UTC the level is 45 sends.
 *
 * - At 23:00 a quarter of a day has passed, and 15 sends have leaked: the level is 30 of 60.
 * - At midnight the best day is two weeks old and forgotten, so the capacity is 20. 17.5 sends have
 *   leaked, and 27.5 are left. The level was not over the old capacity, so it is not over the new one:
 *   it is 20 of 20, and full.
 * - At 02:00, 22.5 sends have leaked at the old rate, and 22.5 are left: still 20 of 20.
 * - At 09:00 40 sends have leaked, and 5 are left: 5 of 20.
 */
function aged(state: Conversion, constants: ConversionConstants, nowMs: number): Conversion {
  const elapsedMs = Math.max(0, nowMs - state.atMs);
  const before = capacitiesOf(state, constants);
  const lever = leverOf(state, nowMs);
  const now = {
    atMs: Math.max(nowMs, state.atMs),
    days: keptSlots(state.days, daySlots, nowMs),
    hours: keptSlots(state.hours, hourSlots, nowMs),
    fiveMinutes: keptSlots(state.fiveMinutes, fiveMinuteSlots, nowMs),
    ...(lever && { lever }),
  };
  const { day, hour } = capacitiesOf(now, constants);
  return {
    ...now,
    dayLevel: leaked(state.dayLevel, before.day, day, elapsedMs / dayMs),
    hourLevel: leaked(state.hourLevel, before.hour, hour, elapsedMs / hourMs),
  };
}

/** If the capacity shrinks, the level shrinks too: a bucket that was not over its capacity stays so. */
function leaked(level: number, before: number, capacity: number, periods: number): number {
  const most = Math.max(1, level / before) * capacity;
  return Math.min(Math.max(0, level - before * periods), most);
}

function drained(state: Conversion, sends: number): Conversion {
  return {
    ...state,
    dayLevel: Math.max(0, state.dayLevel - sends),
    hourLevel: Math.max(0, state.hourLevel - sends),
  };
}

/** A level that is too high by less than this is a rounding error, and holds no caller up. */
const rounding = 1e-9;

/** Returns the milliseconds until each bucket has leaked enough for one more send. */
function waitsForRoom(
  levels: Levels,
  { day, hour }: Capacities,
  times: Times,
): Readonly<Record<"day" | "hour", number>> {
  return waitsToFall(levels, { day, hour }, { day: times * day - 1, hour: times * hour - 1 });
}

/** Returns the milliseconds until each bucket has leaked to its level in `most`. */
function waitsToFall(
  { dayLevel, hourLevel }: Levels,
  { day, hour }: Capacities,
  most: Readonly<Record<"day" | "hour", number>>,
): Readonly<Record<"day" | "hour", number>> {
  const waitMs = (tooMuch: number, capacity: number, periodMs: number) =>
    Math.max(0, Math.ceil(((tooMuch - rounding) / capacity) * periodMs));
  return {
    day: waitMs(dayLevel - most.day, day, dayMs),
    hour: waitMs(hourLevel - most.hour, hour, hourMs),
  };
}
