import { onTestFinished, vi } from "vitest";
import { pause } from "./recorder.ts";

interface HeldTimers {
  /** Ends every timer of this duration. Throws if there is none. */
  readonly expire: (milliseconds: number) => void;
  /** Resolves when so many timers of this duration are set. @default 1 */
  readonly untilSet: (milliseconds: number, count?: number) => Promise<void>;
  /** Ends the next timer of this duration as soon as it is set. */
  readonly expireNext: (milliseconds: number) => Promise<void>;
}

interface Timer {
  readonly milliseconds: number;
  isExpired: boolean;
}

const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
const pollMs = 10;

/**
 * Holds timers of a second or more until the test ends them or ends itself. Call it after
 * `createWorld`, which skips shorter pauses.
 */
export function holdTimers(): HeldTimers {
  const { setTimeout: before } = globalThis;
  // `spyOn` returns an existing spy, so its implementation must be kept and not the spy.
  const setBefore = vi.isMockFunction(before) ? (before.getMockImplementation() ?? before) : before;
  const held = new Set<unknown>();
  const timers = () => [...held] as Timer[];
  const setting = vi.spyOn(globalThis, "setTimeout");
  setting.mockImplementation(((run: () => void, milliseconds = 0) => {
    if (milliseconds < 1000) return setBefore(run, milliseconds);
    const timer: Timer = { milliseconds, isExpired: false };
    held.add(timer);
    // The callback runs in its own context: a Durable Object refuses work in another object's
    // context.
    const poll = () => {
      if (!held.has(timer)) return;
      if (!timer.isExpired) return void realSetTimeout(poll, pollMs);
      held.delete(timer);
      run();
    };
    poll();
    return timer;
  }) as typeof setTimeout);
  const clearing = vi.spyOn(globalThis, "clearTimeout");
  clearing.mockImplementation((timer) => {
    if (!held.delete(timer)) realClearTimeout(timer);
  });
  onTestFinished(() => {
    held.clear();
    setting.mockRestore();
    clearing.mockRestore();
  });
  const setTo = (milliseconds: number) =>
    timers().filter((timer) => timer.milliseconds === milliseconds && !timer.isExpired);
  const expire = (milliseconds: number) => {
    const set = setTo(milliseconds);
    if (set.length === 0) throw new Error(`no timer of ${milliseconds} ms`);
    for (const timer of set) timer.isExpired = true;
  };
  const untilSet = async (milliseconds: number, count = 1) => {
    while (setTo(milliseconds).length < count) await pause(1);
  };
  return {
    expire,
    untilSet,
    async expireNext(milliseconds) {
      await untilSet(milliseconds);
      expire(milliseconds);
    },
  };
}
