import { expect, it } from "vitest";
import { SubjectSessionsClient } from "../src/session/subject-sessions.ts";
import { NumberLedger } from "../src/ledger/number-ledger.ts";
import { Trace } from "../src/lib/trace.ts";

/** A namespace that records the name and the location hint of each requested object. */
function places() {
  const asked: unknown[][] = [];
  const namespace = {
    getByName: (...args: unknown[]) => {
      asked.push(args);
      return { run: async () => undefined, list: async () => ({ kind: "not_live" }) };
    },
  };
  return { asked, namespace };
}
const runtime = {
  fetch,
  now: () => 0,
  log: () => undefined,
  trace: new Trace(() => 0),
  background: () => undefined,
};

it.each([
  ["US", "enam"],
  ["DE", "weur"],
  ["AU", "oc"],
] as const)(
  "the ledger of a number in %s is created in %s, for a first caller from anywhere",
  async (country, locationHint) => {
    const { asked, namespace } = places();
    const address = { name: "a ledger's name", country };
    await new NumberLedger(namespace as never, address, runtime).call("read", "an id");
    expect(asked).toEqual([["a ledger's name", { locationHint }]]);
  },
);

it("sessions are created near their number's country if it is known", async () => {
  const { asked, namespace } = places();
  await new SubjectSessionsClient(namespace as never, "a subject's name", runtime, "AU").list(
    "an id",
  );
  await new SubjectSessionsClient(namespace as never, "a subject's name", runtime).list("an id");
  expect(asked).toEqual([
    ["a subject's name", { locationHint: "oc" }],
    ["a subject's name", undefined],
  ]);
});
