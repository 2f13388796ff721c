import fc from "fast-check";
import { it } from "vitest";
import { runs } from "../helpers/runs.ts";
import { callers } from "./play.ts";
import { Conversations, faults, type Command } from "./conversations.ts";

const which = fc.nat(3);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("start" as const),
      caller: fc.constantFrom(...callers),
      service: fc.constantFrom("VA1", "VA1", "VA2"),
      binding: fc.constantFrom("", "", "one", "two"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("resend" as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("check" as const),
      which,
      isRight: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), which }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("go_on" as const),
      which,
      fault: fc.constantFrom<(typeof faults)[number]>("none", "none", "none", "none", ...faults),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("deliver_late" as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1000, 9000, 31_000, 31_000, 60_000, 595_000, 3_600_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("prune" as const) }) },
);

/** Histories that once violated an invariant. */
const brokenOnce: Command[][] = [
  // The sid of a lost send arrives after its code was canceled and sent again.
  [
    { do: "start", caller: "anonymous", service: "VA1", binding: "one" },
    { do: "go_on", which: 0, fault: "none" },
    { do: "wait", ms: 31_000 },
    { do: "start", caller: "anonymous", service: "VA1", binding: "" },
    { do: "go_on", which: 0, fault: "lost_after" },
    { do: "go_on", which: 0, fault: "none" },
    { do: "start", caller: "anonymous", service: "VA1", binding: "one" },
    { do: "go_on", which: 0, fault: "none" },
    { do: "wait", ms: 31_000 },
    { do: "go_on", which: 3, fault: "none" },
    { do: "go_on", which: 0, fault: "none" },
    { do: "resend", which: 0 },
    { do: "go_on", which: 0, fault: "none" },
    { do: "check", which: 0, isRight: false },
    { do: "go_on", which: 0, fault: "none" },
  ],
];

/** `npm run test:long` runs 200,000 histories. */
const histories = runs(1) >= 10 ? 200_000 : runs(1_000);
const hourMs = 60 * 60 * 1000;

it(
  "the ledger keeps its invariants in any history",
  () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 10, maxLength: 80, size: "max" }), (commands) => {
        const conversations = new Conversations();
        for (const each of commands) conversations.run(each);
      }),
      { numRuns: histories, examples: brokenOnce.map((history): [Command[]] => [history]) },
    );
  },
  hourMs,
);
