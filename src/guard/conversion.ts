import type { ConversionConstants } from "../config/guard-rules.ts";
import { bestSlot, countInSlot, keptSlots, slotsEndMs, sumOfSlots, type Slots } from "./slots.ts";

/**
 * What a country or a prefix has received and confirmed: two leaky buckets of unverified sends, and
 * the approvals by which their sizes are measured. Plain JSON, one value a key. A key that was
 * never seen is `emptyConversion`.
 */
export interface Conversion {
  /** Sends that were neither approved nor have leaked away, as it was at `atMs`. */
  readonly dayLevel: number;
  readonly hourLevel: number;
  readonly atMs: number;
  /** Approvals. */
  readonly days: Slots;
  readonly hours: Slots;
  readonly fiveMinutes: Slots;
  /** What the operator has said; it goes before the buckets. */
  readonly lever?: ConversionLever;
}

/** An open key is never full, a closed one always, until then: a lever that is forgotten ends. */
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
   * What leaves no room for one more unverified send: a bucket, of two the one that takes longer to
   * leak, or the operator's word. Undefined where there is room.
   */
  readonly fullBecause: "hour" | "day" | "lever" | undefined;
  /** Until there is room, if nothing is approved before; 0 where there is some. */
  readonly retryAfterMs: number;
}

/**
 * How many times its capacity a key may hold: some callers still find room where a key is full for
 * others.
 */
export type Times = 1 | 2 | 3;

/** `times`: the key is full at so many times its capacity. */
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
 * Milliseconds until half of both capacities is free, if nothing is approved before. Later than the
 * first room for one send, so that a key on the brink does not open and close all day.
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
 * One unverified send. A key that holds `times` its capacity takes none: `added` says what an
 * approval may drain again.
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

/** Takes sends back that were surely not made. */
export function giveBackSends(
  state: Conversion,
  added: number,
  constants: ConversionConstants,
  nowMs: number,
): Conversion {
  return drained(aged(state, constants, nowMs), added);
}

/** One approval: it drains what its verification had added, and counts for the capacities. */
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

/** The operator's word: `undefined` takes the lever away. */
export function setLever(state: Conversion, lever: ConversionLever | undefined): Conversion {
  const { lever: _, ...rest } = state;
  return lever === undefined ? rest : { ...rest, lever };
}

/** The operator's word, as long as it holds. */
export function leverOf({ lever }: Conversion, nowMs: number): ConversionLever | undefined {
  return lever !== undefined && nowMs < lever.untilMs ? lever : undefined;
}

/** Forgets what has not been verified, and the lever. What was approved stays. */
export function resetLevels(state: Conversion): Conversion {
  return setLever({ ...state, dayLevel: 0, hourLevel: 0 }, undefined);
}

/** From then on the key is as good as one that was never seen, and may be deleted. */
export function idleFromMs(state: Conversion, constants: ConversionConstants): number {
  const { day, hour } = capacitiesOf(state, constants);
  return Math.max(
    // A thousandth more than it takes: no rounding may leave a drop in the bucket.
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
 * The state as it is now. A bucket leaks its capacity in its period; the capacity is that of the
 * last event, not today's, so that time alone never makes a bucket fuller. No clock goes back.
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

/** A capacity that shrinks takes the level with it: what was not over it before is not over it now. */
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

/** A billionth of a send is a rounding error: it keeps nobody out. */
const rounding = 1e-9;

/** Milliseconds until each bucket has leaked enough for one more send. */
function waitsForRoom(
  levels: Levels,
  { day, hour }: Capacities,
  times: Times,
): Readonly<Record<"day" | "hour", number>> {
  return waitsToFall(levels, { day, hour }, { day: times * day - 1, hour: times * hour - 1 });
}

/** Milliseconds until each bucket has leaked to its level in `most`. */
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
