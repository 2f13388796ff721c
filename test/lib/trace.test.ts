import { describe, expect, it } from "vitest";
import { Trace } from "../../src/lib/trace.ts";

/** A clock that only the hops move, as I/O does in a Worker. */
function clocked() {
  const clock = { nowMs: 1000 };
  const trace = new Trace(() => clock.nowMs);
  const waiting = (milliseconds: number) => async () => {
    clock.nowMs += milliseconds;
    return milliseconds;
  };
  return { trace, clock, waiting };
}

describe("the trace of a request", () => {
  it("has only the time at first", () => {
    const { trace, clock } = clocked();
    clock.nowMs += 5;
    expect(trace.context()).toEqual({ ms: 5 });
  });

  it("measures each hop, adds up hops with the same name, and returns their results", async () => {
    const { trace, waiting } = clocked();
    expect(await trace.hop("kv", waiting(3))).toBe(3);
    await trace.hop("phone_ledger", waiting(12));
    await trace.hop("phone_ledger", waiting(20));
    expect(trace.context()).toEqual({ ms: 35, hops: { kv: 3, phone_ledger: 32 } });
  });

  it("measures parallel hops separately", async () => {
    const { trace, clock } = clocked();
    const slow = Promise.withResolvers<void>();
    const both = Promise.all([
      trace.hop("slow", () => slow.promise),
      trace.hop("quick", async () => undefined),
    ]);
    clock.nowMs += 40;
    slow.resolve();
    await both;
    expect(trace.context()).toMatchObject({ ms: 40, hops: { slow: 40 } });
  });

  it("measures a failed hop, and passes its error on", async () => {
    const { trace, clock } = clocked();
    const failing = async () => {
      clock.nowMs += 7;
      throw new Error("down");
    };
    await expect(trace.hop("kv", failing)).rejects.toThrow("down");
    const throwing = (): Promise<never> => {
      throw new Error("at once");
    };
    await expect(trace.hop("flood", throwing)).rejects.toThrow("at once");
    expect(trace.context()).toEqual({ ms: 7, hops: { kv: 7, flood: 0 } });
  });

  it("returns its data even with a broken clock", async () => {
    const trace = new Trace(() => {
      throw new Error("no time");
    });
    expect(await trace.hop("kv", async () => "an answer")).toBe("an answer");
    expect(trace.context()).toEqual({ ms: 0, hops: { kv: 0 } });
  });

  it("returns its notes, latest last", () => {
    const { trace } = clocked();
    trace.about({ country: "US", to: undefined });
    trace.about({ to: "+1•••••0123" });
    expect(trace.context()).toEqual({ country: "US", to: "+1•••••0123", ms: 0 });
  });
});
