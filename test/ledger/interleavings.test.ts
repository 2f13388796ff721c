import { expect, it } from "vitest";
import { runs } from "../helpers/runs.ts";
import { Conversations, faults, type Command } from "./conversations.ts";
import type { PlayCaller } from "./play.ts";

const operations = ["right", "wrong", "resend", "cancel", "expire"] as const;
type Operation = (typeof operations)[number];

/** A caller that starts a verification and does one operation with it. */
interface Actor {
  readonly caller: PlayCaller;
  readonly binding: string;
  readonly operation: Operation;
}

/** One point of a history and its possible next steps. */
interface Point {
  readonly conversations: Conversations;
  readonly toStart: readonly Actor[];
  readonly toOperate: readonly Actor[];
  /** How many more steps may fail or leases may end. */
  readonly troublesLeft: number;
  /** Whether a lease has ended by time. */
  readonly hasWaited: boolean;
}

const without = <Value>(values: readonly Value[], value: Value) =>
  values.filter((other) => other !== value);

/** Returns every possible next step. */
function* stepsFrom(point: Point): Generator<{ command: Command; after: Partial<Point> }> {
  const { conversations, toStart, toOperate, troublesLeft, hasWaited } = point;
  for (const actor of toStart) {
    const { caller, binding } = actor;
    const command = { do: "start", caller, service: "VA1", binding } as const;
    yield { command, after: { toStart: without(toStart, actor) } };
  }
  for (const actor of toOperate) {
    const which = conversations.indexOf(actor.caller);
    if (which === undefined) continue;
    const after = { toOperate: without(toOperate, actor) };
    yield { command: commandOf(actor.operation, which), after };
  }
  for (let which = 0; which < conversations.openConversations; which += 1)
    for (const fault of troublesLeft > 0 ? faults : (["none"] as const))
      yield {
        command: { do: "go_on", which, fault },
        after: { troublesLeft: troublesLeft - (fault === "none" ? 0 : 1) },
      };
  for (let which = 0; which < conversations.lateSettlements; which += 1)
    yield { command: { do: "deliver_late", which }, after: {} };
  // A late settlement arrives after the end of its lease.
  const isLate = conversations.lateSettlements > 0;
  if (!hasWaited && (troublesLeft > 0 || isLate)) {
    const after = { hasWaited: true, troublesLeft: isLate ? troublesLeft : troublesLeft - 1 };
    yield { command: { do: "wait", ms: 31_000 }, after };
  }
}

function commandOf(operation: Operation, which: number): Command {
  switch (operation) {
    case "right":
    case "wrong":
      return { do: "check", which, isRight: operation === "right" };
    case "resend":
      return { do: "resend", which };
    case "cancel":
      return { do: "cancel", which };
    case "expire":
      return { do: "wait", ms: 601_000 };
  }
}

/** Visits every point of every history once. Returns the number of points. */
function explore(first: Point): number {
  const seen = new Set<string>();
  const visit = (point: Point, history: readonly Command[]): void => {
    const { conversations, ...left } = point;
    const key = JSON.stringify(left) + conversations.fingerprint;
    if (seen.has(key)) return;
    seen.add(key);
    for (const { command, after } of stepsFrom(point)) {
      const fork = conversations.fork();
      try {
        fork.run(command);
      } catch (error) {
        const steps = JSON.stringify([...history, command]);
        throw new Error(`after ${steps}`, { cause: error });
      }
      visit({ ...point, ...after, conversations: fork }, [...history, command]);
    }
  };
  visit(first, []);
  return seen.size;
}

const actors = (...of: readonly [PlayCaller, string, Operation][]): readonly Actor[] =>
  of.map(([caller, binding, operation]) => ({ caller, binding, operation }));

const casts = [
  actors(["anonymous", "", "right"], ["known", "", "right"], ["service:shop:ann", "", "wrong"]),
  actors(["anonymous", "", "wrong"], ["known", "", "resend"], ["service:shop:ann", "", "cancel"]),
  actors(
    ["service:shop:ann", "one", "right"],
    ["service:bank", "two", "right"],
    ["service:shop:bob", "one", "resend"],
  ),
  actors(
    ["service:shop:ann", "one", "cancel"],
    ["service:bank", "two", "resend"],
    ["service:shop:bob", "three", "wrong"],
  ),
  actors(["anonymous", "", "expire"], ["known", "", "right"], ["service:bank", "two", "right"]),
];

/** Each trouble makes ten times as many histories, so two are for a long run. */
const troubles = runs(1) >= 10 ? 2 : 1;

it.each(
  casts.map((cast) => ({
    cast,
    name: cast
      .map(({ caller, binding, operation }) => `${caller} ${binding} ${operation}`)
      .join(", "),
  })),
)(
  "every interleaving of three starts and $name keeps the invariants",
  { timeout: 60 * 60 * 1000 },
  ({ cast }) => {
    const points = explore({
      conversations: new Conversations(),
      toStart: cast,
      toOperate: cast,
      troublesLeft: troubles,
      hasWaited: false,
    });
    expect(points).toBeGreaterThan(5000);
  },
);
