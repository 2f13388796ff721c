import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Busy } from "../../src/ledger/lease.ts";
import type { CallerClass } from "../../src/contract/words.ts";
import { patienceMs, WaitingRoom } from "../../src/ledger/waiting-room.ts";

const nowMs = Date.UTC(2026, 10, 28, 12);
const service = "VA-one";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Served {
  readonly kind: "served";
  readonly name: string;
}
type Outcome = Served | Busy;

/** One line. A served caller occupies it until `free` is called. */
class Counter {
  readonly room = new WaitingRoom();
  readonly served: string[] = [];
  isTaken = true;

  #serve(name: string, caller: CallerClass, key?: string): Outcome {
    if (this.isTaken)
      return {
        kind: "busy",
        service,
        caller,
        untilMs: nowMs + 30_000,
        ...(key !== undefined && { key }),
      };
    this.isTaken = true;
    this.served.push(name);
    return { kind: "served", name };
  }

  wait(name: string, caller: CallerClass, key?: string): Promise<Outcome> {
    const serve = () => this.#serve(name, caller, key);
    const first = serve();
    if (first.kind !== "busy") throw new Error("the line was free");
    return this.room.wait<Outcome>(first, serve, nowMs);
  }

  free(): void {
    this.isTaken = false;
    this.room.serve();
  }
}

const refused = { kind: "busy" };

describe("callers that wait for a line", () => {
  it("are served by class, and within a class in the order of their arrival", async () => {
    const counter = new Counter();
    const all = [
      counter.wait("stranger 1", "anonymous"),
      counter.wait("backend 1", "service"),
      counter.wait("stranger 2", "anonymous"),
      counter.wait("owner 1", "known"),
      counter.wait("backend 2", "service"),
      counter.wait("owner 2", "known"),
    ];
    for (let turns = 0; turns < all.length; turns += 1) counter.free();
    await Promise.all(all);
    expect(counter.served).toEqual([
      "owner 1",
      "owner 2",
      "backend 1",
      "backend 2",
      "stranger 1",
      "stranger 2",
    ]);
  });

  it("are served in the turn that frees the line, one caller each time", () => {
    const counter = new Counter();
    void counter.wait("first", "anonymous");
    void counter.wait("second", "anonymous");
    counter.free();
    expect([counter.served, counter.isTaken]).toEqual([["first"], true]);
  });

  it.each([
    ["anonymous", 3],
    ["service", 3],
    ["known", 8],
  ] as const)("have places: class %s %i", async (caller, places) => {
    const counter = new Counter();
    const waiting = Array.from({ length: places }, (_, index) =>
      counter.wait(String(index), caller),
    );
    expect(await counter.wait("one more", caller)).toMatchObject(refused);
    for (let turns = 0; turns < places; turns += 1) counter.free();
    expect((await Promise.all(waiting)).map(({ kind }) => kind)).not.toContain("busy");
  });

  it("have eight places in total, of which two are reserved for known callers", async () => {
    const counter = new Counter();
    const classes: CallerClass[] = ["anonymous", "service"];
    for (const caller of [...classes, ...classes, ...classes]) void counter.wait(caller, caller);
    void counter.wait("known", "known");
    void counter.wait("known", "known");
    expect(await counter.wait("one more", "known")).toMatchObject(refused);
  });

  it("are refused after 5 s, and their place is free again", async () => {
    const counter = new Counter();
    const waiting = [1, 2, 3].map((index) => counter.wait(String(index), "anonymous"));
    vi.advanceTimersByTime(patienceMs);
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject(refused);
    const next = counter.wait("next", "anonymous");
    counter.free();
    expect(await next).toEqual({ kind: "served", name: "next" });
    expect(counter.served).toEqual(["next"]);
  });

  it("are served when the lease ends by time, without another event", async () => {
    const room = new WaitingRoom();
    let isTaken = true;
    const busy = { kind: "busy", service, caller: "anonymous", untilMs: nowMs + 2_000 } as const;
    const serve = (): Outcome => (isTaken ? busy : { kind: "served", name: "first" });
    const waiting = room.wait<Outcome>(busy, serve, nowMs);
    isTaken = false;
    vi.advanceTimersByTime(2_000);
    expect(await waiting).toEqual({ kind: "served", name: "first" });
  });

  it("take no place for a retry with the idempotency key of a waiting caller", async () => {
    const counter = new Counter();
    void counter.wait("first", "anonymous", "key");
    void counter.wait("second", "anonymous");
    void counter.wait("third", "anonymous");
    const retry = counter.wait("retry", "anonymous", "key");
    expect(await counter.wait("stranger", "anonymous")).toMatchObject(refused);
    for (let turns = 0; turns < 4; turns += 1) counter.free();
    expect(await retry).toEqual({ kind: "served", name: "retry" });
    expect(counter.served).toEqual(["first", "second", "third", "retry"]);
  });

  it("are served before a stranger's retry, which has no place of its own", async () => {
    const counter = new Counter();
    void counter.wait("stranger", "anonymous", "key");
    void counter.wait("retry", "anonymous", "key");
    void counter.wait("owner", "known");
    counter.free();
    expect(counter.served).toEqual(["owner"]);
  });

  it("have places for retries too, of which strangers cannot take all", async () => {
    const counter = new Counter();
    const retries: Promise<Outcome>[] = [];
    for (const [caller, key] of [
      ["anonymous", "one"],
      ["known", "two"],
    ] as const) {
      void counter.wait(caller, caller, key);
      for (let retry = 0; retry < 4; retry += 1) retries.push(counter.wait("retry", caller, key));
    }
    expect(await retries[3]).toMatchObject(refused);
    for (let turns = 0; turns < 9; turns += 1) counter.free();
    const outcomes = await Promise.all(retries);
    expect(outcomes.filter(({ kind }) => kind === "served")).toHaveLength(7);
  });

  it("are rejected when the rule throws, and leave", async () => {
    const room = new WaitingRoom();
    const busy = { kind: "busy", service, caller: "anonymous", untilMs: nowMs + 30_000 } as const;
    let isBroken = false;
    const serve = (): Outcome => {
      if (isBroken) throw new Error("storage");
      return busy;
    };
    const waiting = room.wait<Outcome>(busy, serve, nowMs);
    isBroken = true;
    room.serve();
    await expect(waiting).rejects.toThrow("storage");
  });
});
