import { conversionDefaults, type ConversionConstants } from "../../src/config/guard-rules.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addApproval,
  addSend,
  emptyConversion,
  giveBackSends,
  idleFromMs,
  resetLevels,
  setLever,
  viewConversion,
  type Conversion,
} from "../../src/guard/conversion.ts";
import { runs } from "../helpers/runs.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const noonMs = Date.UTC(2026, 10, 22, 12);

const isFull = ({ view }: KeyPlay): boolean => view.fullBecause !== undefined;

/** One key and its clock. The result of a rule is stored as JSON, as the object does. */
class KeyPlay {
  state: Conversion = emptyConversion;
  nowMs = noonMs;
  readonly constants: ConversionConstants;

  constructor(constants: Partial<ConversionConstants> = {}) {
    this.constants = { ...conversionDefaults, ...constants };
  }

  send(): 0 | 1 {
    const { added, next } = addSend(frozen(this.state), this.constants, this.nowMs);
    this.#save(next);
    return added;
  }

  sends(count: number): number {
    return Array.from({ length: count }, () => this.send()).reduce<number>((a, b) => a + b, 0);
  }

  approve(added = 1): void {
    this.#save(addApproval(frozen(this.state), added, this.constants, this.nowMs));
  }

  giveBack(added = 1): void {
    this.#save(giveBackSends(frozen(this.state), added, this.constants, this.nowMs));
  }

  set(state: Conversion): void {
    this.#save(state);
  }

  get view() {
    return viewConversion(frozen(this.state), this.constants, this.nowMs);
  }

  #save(next: Conversion): void {
    this.state = JSON.parse(JSON.stringify(next)) as Conversion;
    expect(this.state).toEqual(next);
  }
}

function frozen(state: Conversion): Conversion {
  for (const part of [state.days, state.hours, state.fiveMinutes]) Object.freeze(part);
  return Object.freeze(state);
}

/** Makes many sends, each with an approval, spread over the day before `nowMs`. */
function withApprovals(play: KeyPlay, count: number, spanMs: number): void {
  const endMs = play.nowMs;
  for (let index = 0; index < count; index += 1) {
    play.nowMs = endMs - spanMs + Math.floor((index * spanMs) / count);
    play.approve(0);
  }
  play.nowMs = endMs;
}

describe("a new key", () => {
  it("accepts three unverified sends at once, and refuses the fourth", () => {
    const play = new KeyPlay();
    expect([play.send(), play.send(), play.send(), play.send()]).toEqual([1, 1, 1, 0]);
    expect(play.view).toMatchObject({ fullBecause: "hour", hourLevel: 3, hourCapacity: 20 / 6 });
  });

  it("accepts twenty unverified sends in a day and what leaks in the meantime: at most forty", () => {
    const play = new KeyPlay();
    let taken = 0;
    for (let elapsed = 0; elapsed < day; elapsed += 30_000) {
      play.nowMs = noonMs + elapsed;
      taken += play.send();
    }
    expect(taken).toBeGreaterThan(30);
    expect(taken).toBeLessThanOrEqual(40);
  });

  it("returns the exact millisecond of the next send", () => {
    const play = new KeyPlay();
    play.sends(3);
    const { retryAfterMs } = play.view;
    // Two thirds of a send, at 20/6 sends per hour.
    expect(retryAfterMs).toBe(12 * minute);
    expect(play.view.fullBecause).toBe("hour");
    play.nowMs += retryAfterMs - 1;
    expect(isFull(play)).toBe(true);
    play.nowMs += 1;
    expect([isFull(play), play.send()]).toEqual([false, 1]);
  });
});

describe("a level", () => {
  it("leaks the capacity of the last event in its period, and not the current one", () => {
    const play = new KeyPlay();
    withApprovals(play, 1000, 10 * hour);
    play.sends(40);
    play.nowMs += hour;
    expect(play.view.dayLevel).toBeCloseTo(40 - 300 / 24);
    play.nowMs += 20 * day;
    expect(play.view).toMatchObject({ dayLevel: 0, hourLevel: 0, dayCapacity: 20 });
  });

  it("leaks and shrinks as in the example beside the rule", () => {
    const play = new KeyPlay();
    const fiveMs = Date.UTC(2026, 10, 22, 17);
    const bestDay = Math.floor(fiveMs / day) - 13;
    play.state = { ...emptyConversion, dayLevel: 45, atMs: fiveMs, days: { [bestDay]: 200 } };
    const seen = [0, 6, 7, 9, 16].map((hours) => {
      play.nowMs = fiveMs + hours * hour;
      const { dayLevel, dayCapacity, fullBecause } = play.view;
      return [dayLevel, dayCapacity, fullBecause];
    });
    expect(seen).toEqual([
      [45, 60, undefined],
      [30, 60, undefined],
      [20, 20, "day"],
      [20, 20, "day"],
      [5, 20, undefined],
    ]);
  });

  it("never exceeds a reduced capacity", () => {
    const play = new KeyPlay({ hourCapacitiesPerDay: 100 });
    play.nowMs -= 50 * minute;
    for (let people = 0; people < 600; people += 1) play.approve(0);
    play.nowMs = noonMs;
    expect(play.sends(110)).toBe(110);
    play.nowMs += 15 * minute;
    expect(play.view).toMatchObject({ hourLevel: 3, hourCapacity: 3 });
    play.giveBack(0);
    expect(play.state.hourLevel).toBe(3);
  });

  it("neither rises nor leaks twice when the clock goes back", () => {
    const play = new KeyPlay();
    play.send();
    play.nowMs -= hour;
    expect(play.view).toMatchObject({ dayLevel: 1, hourLevel: 1 });
    play.send();
    play.nowMs += hour;
    expect(play.view).toMatchObject({ dayLevel: 2, hourLevel: 2 });
  });
});

describe("an approval", () => {
  it("removes the amounts of its verification, also of a resend", () => {
    const play = new KeyPlay();
    play.sends(3);
    play.approve(2);
    expect(play.view).toMatchObject({ dayLevel: 1, hourLevel: 1, fullBecause: undefined });
  });

  it("removes nothing for a send that a full key did not count", () => {
    const play = new KeyPlay();
    play.sends(3);
    expect(play.send()).toBe(0);
    play.approve(0);
    expect(play.view).toMatchObject({ dayLevel: 3, hourLevel: 3 });
  });

  it("lets honest users continue without end, because approved sends fill nothing", () => {
    const play = new KeyPlay();
    for (let people = 0; people < 500; people += 1) {
      expect(play.send()).toBe(1);
      play.nowMs += 30_000;
      play.approve();
    }
  });
});

describe("the capacity of a day", () => {
  it("is 20, or 0.3 of the approvals of 24 hours", () => {
    const play = new KeyPlay();
    expect(play.view.dayCapacity).toBe(20);
    withApprovals(play, 100, 20 * hour);
    expect(play.view.dayCapacity).toBeCloseTo(30);
  });

  it("is 0.3 of the best of fourteen days, if that is more", () => {
    const play = new KeyPlay();
    withApprovals(play, 1000, 10 * hour);
    play.nowMs += 13 * day;
    expect(play.view.dayCapacity).toBeCloseTo(300);
    play.nowMs = Date.UTC(2026, 10, 22) + 14 * day - 1;
    expect(play.view.dayCapacity).toBeCloseTo(300);
    play.nowMs += 1;
    expect(play.view.dayCapacity).toBe(20);
  });
});

describe("a best day", () => {
  it("is a single day, and not the sum of days", () => {
    const play = new KeyPlay();
    for (let days = 0; days < 5; days += 1) {
      withApprovals(play, 200, 10 * hour);
      play.nowMs += day;
    }
    expect(play.view.dayCapacity).toBeCloseTo(60);
    expect(idleFromMs(play.state, play.constants)).toBe(Date.UTC(2026, 10, 26) + 14 * day);
  });
});

describe("the capacity of an hour", () => {
  it("is a sixth of the day's", () => {
    const play = new KeyPlay();
    withApprovals(play, 1000, 10 * hour);
    play.nowMs += 2 * hour;
    expect(play.view.hourCapacity).toBeCloseTo(50);
  });

  it("is three if the day's capacity is configured small", () => {
    expect(new KeyPlay({ leastDayCapacity: 6 }).view.hourCapacity).toBe(3);
  });

  it("is 0.2 of the approvals of the last hour, if that is more", () => {
    const play = new KeyPlay({ hourCapacitiesPerDay: 100 });
    withApprovals(play, 600, 50 * minute);
    expect(play.view.hourCapacity).toBeCloseTo(120);
    play.nowMs += 2 * hour;
    expect(play.view.hourCapacity).toBe(3);
  });
});

describe("a send that was certainly not made", () => {
  it("is given back", () => {
    const play = new KeyPlay();
    play.sends(3);
    play.giveBack();
    expect([play.send(), play.send()]).toEqual([1, 0]);
  });
});

describe("the operator's overrides", () => {
  it("can keep a key open: it is never full, and still counts", () => {
    const play = new KeyPlay();
    play.set(setLever(play.state, { holds: "open", untilMs: noonMs + hour }));
    expect(play.sends(10)).toBe(3);
    expect(play.view).toMatchObject({ fullBecause: undefined, retryAfterMs: 0, dayLevel: 3 });
  });

  it("can keep a key closed: it is full even without sends, until the override ends", () => {
    const play = new KeyPlay();
    play.set(setLever(play.state, { holds: "closed", untilMs: noonMs + hour }));
    expect(play.view).toMatchObject({ fullBecause: "lever", retryAfterMs: hour });
    play.nowMs += hour;
    expect(isFull(play)).toBe(false);
    play.send();
    expect(play.state.lever).toBeUndefined();
  });

  it("survive sends and approvals, and can be removed", () => {
    const play = new KeyPlay();
    play.set(setLever(play.state, { holds: "closed", untilMs: noonMs + hour }));
    play.send();
    play.approve();
    expect(isFull(play)).toBe(true);
    play.set(setLever(play.state, undefined));
    expect(isFull(play)).toBe(false);
  });

  it("can reset a key: its levels and its override are deleted, its history stays", () => {
    const play = new KeyPlay();
    withApprovals(play, 200, 5 * hour);
    play.sends(30);
    play.set(setLever(play.state, { holds: "closed", untilMs: noonMs + hour }));
    play.set(resetLevels(play.state));
    expect(play.view).toMatchObject({ dayLevel: 0, hourLevel: 0, dayCapacity: 60 });
    expect(isFull(play)).toBe(false);
  });
});

type Step = readonly ["send" | "approve" | "give back" | "wait", number];
const steps = fc.array(
  fc.tuple(
    fc.constantFrom<Step[0]>("send", "send", "send", "approve", "give back", "wait"),
    fc.constantFrom(0, 1, 2, 5 * minute, hour, 5 * hour, day, 15 * day, -minute),
  ),
  { maxLength: 60, size: "max" },
);

function run(play: KeyPlay, [what, amount]: Step): void {
  if (what === "wait") play.nowMs += amount;
  else if (what === "send") play.send();
  else if (what === "approve") play.approve(amount % 3);
  else play.giveBack(amount % 3);
}

describe("under any order of events", () => {
  it("levels are never negative and never above their capacity", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const play = new KeyPlay();
        for (const step of all) {
          run(play, step);
          const { dayLevel, dayCapacity, hourLevel, hourCapacity } = play.view;
          for (const [level, capacity] of [
            [dayLevel, dayCapacity],
            [hourLevel, hourCapacity],
            [play.state.dayLevel, Number.POSITIVE_INFINITY],
            [play.state.hourLevel, Number.POSITIVE_INFINITY],
          ] as const) {
            expect(level).toBeGreaterThanOrEqual(0);
            expect(level).toBeLessThanOrEqual(capacity);
          }
          expect(dayCapacity).toBeGreaterThanOrEqual(20);
          expect(hourCapacity).toBeGreaterThanOrEqual(dayCapacity / 6);
        }
      }),
    );
  });

  it("without events a key only becomes emptier", () => {
    fc.assert(
      fc.property(steps, fc.nat(3 * day), fc.nat(3 * day), (all, oneMs, moreMs) => {
        const play = new KeyPlay();
        for (const step of all) run(play, step);
        const startMs = Math.max(play.nowMs, play.state.atMs);
        const viewAt = (ms: number) => viewConversion(play.state, play.constants, ms);
        const [now, soon, late] = [
          viewAt(startMs),
          viewAt(startMs + oneMs),
          viewAt(startMs + oneMs + moreMs),
        ];
        for (const [before, after] of [
          [now, soon],
          [soon, late],
        ] as const) {
          expect(after.dayLevel).toBeLessThanOrEqual(before.dayLevel);
          expect(after.hourLevel).toBeLessThanOrEqual(before.hourLevel);
          expect(after.dayCapacity).toBeLessThanOrEqual(before.dayCapacity);
        }
      }),
    );
  });

  it("an approval never raises a level and never reduces a capacity", () => {
    fc.assert(
      fc.property(steps, fc.nat(5), (all, added) => {
        const play = new KeyPlay();
        for (const step of all) run(play, step);
        const before = play.view;
        play.approve(added);
        const after = play.view;
        expect(after.dayLevel).toBeLessThanOrEqual(before.dayLevel);
        expect(after.hourLevel).toBeLessThanOrEqual(before.hourLevel);
        expect(after.dayCapacity).toBeGreaterThanOrEqual(before.dayCapacity);
        expect(after.hourCapacity).toBeGreaterThanOrEqual(before.hourCapacity);
      }),
    );
  });

  it("a key accepts a send exactly if it is not full", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const play = new KeyPlay();
        for (const step of all) run(play, step);
        const wasFull = isFull(play);
        expect(play.send()).toBe(wasFull ? 0 : 1);
      }),
    );
  });

  it("sends and approvals of one moment give the same level in any order", () => {
    const kinds = fc.array(fc.constantFrom<"send" | "approve">("send", "approve"), {
      minLength: 2,
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        kinds.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
          ),
        ),
        ([one, other]) => {
          // The level is high enough that it never reaches zero, and low enough that it never
          // reaches the capacity.
          const levels = [one, other].map((order) => {
            const play = new KeyPlay({ leastDayCapacity: 1000 });
            play.sends(20);
            for (const kind of order) run(play, [kind, 1]);
            return play.state;
          });
          expect(levels[0]).toEqual(levels[1]);
        },
      ),
    );
  });

  it("reading the state does not change the count", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const [looking, blind] = [new KeyPlay(), new KeyPlay()];
        for (const step of all) {
          run(looking, step);
          expect(looking.view).toEqual(looking.view);
          run(blind, step);
        }
        expect(looking.state).toEqual(blind.state);
      }),
    );
  });

  it("at most the capacity plus its leak passes in any day", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: hour }), { minLength: 60, maxLength: 200 });
    fc.assert(
      fc.property(gaps, (all) => {
        const play = new KeyPlay();
        const taken: number[] = [];
        for (const gap of all) {
          play.nowMs += gap;
          if (play.send() === 1) taken.push(play.nowMs);
        }
        for (const ms of taken) {
          const inDay = taken.filter((other) => other >= ms && other < ms + day);
          expect(inDay.length).toBeLessThanOrEqual(40);
          const inHour = taken.filter((other) => other >= ms && other < ms + hour);
          expect(inHour.length).toBeLessThanOrEqual(6);
        }
      }),
      { numRuns: runs(50) },
    );
  });

  it("the state of a key has at most 24 hours, 14 days and 12 times five minutes", () => {
    const play = new KeyPlay();
    for (let index = 0; index < 2000; index += 1) {
      play.nowMs += 13 * minute;
      play.send();
      play.approve();
    }
    const { days, hours, fiveMinutes } = play.state;
    const sizes = [days, hours, fiveMinutes].map((slots) => Object.keys(slots).length);
    expect(sizes).toEqual([14, 24, 5]);
    expect(JSON.stringify(play.state).length).toBeLessThan(1000);
  });

  it("a key counts as idle exactly when it behaves like a new key", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const play = new KeyPlay();
        for (const step of all) run(play, step);
        play.nowMs = idleFromMs(play.state, play.constants);
        const fresh = viewConversion(emptyConversion, play.constants, play.nowMs);
        expect(play.view).toEqual(fresh);
      }),
    );
    const held = setLever(emptyConversion, { holds: "closed", untilMs: noonMs + 30 * day });
    expect(idleFromMs(held, conversionDefaults)).toBe(noonMs + 30 * day);
    expect(idleFromMs(emptyConversion, conversionDefaults)).toBe(0);
  });
});
