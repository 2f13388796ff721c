import { onTestFinished, vi } from "vitest";

/**
 * Takes the timers of a second or more from the real clock, until the test ends. `expire` ends the
 * one that is set to so many milliseconds; it fails where none is, so it also shows what was set.
 */
export function holdTimers(): { expire: (milliseconds: number) => void } {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const held = new Map<unknown, { milliseconds: number; run: () => void }>();
  const setting = vi.spyOn(globalThis, "setTimeout");
  setting.mockImplementation(((run: () => void, milliseconds = 0) => {
    if (milliseconds < 1000) return set(run, milliseconds);
    const timer = {};
    held.set(timer, { milliseconds, run });
    return timer;
  }) as typeof setTimeout);
  const clearing = vi.spyOn(globalThis, "clearTimeout");
  clearing.mockImplementation((timer) => {
    if (!held.delete(timer)) clear(timer);
  });
  onTestFinished(() => {
    setting.mockRestore();
    clearing.mockRestore();
  });
  return {
    expire(milliseconds) {
      const [found, ...others] = [...held].filter(([, each]) => each.milliseconds === milliseconds);
      if (found === undefined || others.length > 0)
        throw new Error(`${found ? "several timers" : "no timer"} of ${milliseconds} ms`);
      held.delete(found[0]);
      found[1].run();
    },
  };
}
