import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { expect, it } from "vitest";
import page from "../../docs/costs.md?raw";
import { interceptedBindings } from "../helpers/recorder.ts";
import { signIn } from "../helpers/session.ts";
import { createWorld } from "../helpers/world.ts";

interface Storage {
  readonly sql: SqlStorage;
  readonly kv: SyncKvStorage;
}

/** Rows as Cloudflare bills them: a key of the object's own store is one, `setAlarm` is one. */
async function rowCounter() {
  const rows = { read: 0, written: 0 };
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  const count = (target: object, method: string, note: (answer: unknown) => void) => {
    const proto = Object.getPrototypeOf(target) as Record<string, (...args: unknown[]) => unknown>;
    const original = proto[method];
    if (original === undefined) throw new Error(`no ${method}`);
    proto[method] = function counted(this: unknown, ...args: unknown[]) {
      const answer = original.apply(this, args);
      note(answer);
      return answer;
    };
    return () => void (proto[method] = original);
  };
  const undo = await runInDurableObject(
    testEnv.PHONE_LEDGER.getByName("of nobody"),
    (_, { storage }: { storage: Storage }) => [
      count(storage.kv, "get", () => void (rows.read += 1)),
      count(storage.kv, "put", () => void (rows.written += 1)),
      count(storage, "setAlarm", () => void (rows.written += 1)),
      count(storage, "deleteAll", () => void (rows.written += 1)),
      count(storage.sql, "exec", (cursor) => void cursors.push(cursor as (typeof cursors)[number])),
    ],
  );
  return {
    total: () => ({
      read: cursors.reduce((sum, cursor) => sum + cursor.rowsRead, rows.read),
      written: cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, rows.written),
    }),
    undo: () => undo.forEach((each) => each()),
  };
}

/** Lets all that was planned happen, to the end of what is kept; how many alarms that took. */
async function alarmsUntilTheEnd(clock: { nowMs: number }): Promise<number> {
  let alarms = 0;
  for (let rounds = 0; rounds < 50; rounds += 1) {
    const due: { atMs: number; run: () => Promise<boolean> }[] = [];
    for (const namespace of [testEnv.PHONE_LEDGER, testEnv.SUBJECT_SESSIONS])
      for (const id of await listDurableObjectIds(namespace as DurableObjectNamespace)) {
        const stub = (namespace as DurableObjectNamespace).get(id);
        const atMs = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
        if (atMs !== null) due.push({ atMs, run: () => runDurableObjectAlarm(stub) });
      }
    const [next] = due.toSorted((left, right) => left.atMs - right.atMs);
    if (next === undefined) return alarms;
    clock.nowMs = Math.max(clock.nowMs, next.atMs);
    await next.run();
    alarms += 1;
  }
  throw new Error("alarms without an end");
}

/** What one sign-in uses, from the start to the day on which the last trace of it is gone. */
async function useOf(settings: Record<string, unknown>) {
  const calls: string[] = [];
  let requests = 0;
  const bindings = interceptedBindings(async ({ name, run }) => {
    calls.push(name);
    return run();
  });
  const world = await createWorld({ env: { ...bindings, ...settings } });
  // Another number first: tables are made once.
  await signIn(world, "+12015550199");
  await world.twin.settled();
  await alarmsUntilTheEnd(world.clock);
  const rows = await rowCounter();
  try {
    calls.length = 0;
    world.lines.length = 0;
    const fetched = world.app.fetch.bind(world.app);
    world.app.fetch = (...args) => {
      requests += 1;
      return fetched(...args);
    };
    await signIn(world, "+12015550123");
    await world.twin.settled();
    const alarms = await alarmsUntilTheEnd(world.clock);
    const called = (pattern: RegExp) => calls.filter((name) => pattern.test(name)).length;
    const { read, written } = rows.total();
    return {
      "Worker requests": requests,
      "Durable Object requests": called(/^(PHONE_LEDGER|SEND_BUDGET|SUBJECT_SESSIONS)\./) + alarms,
      "SQLite rows read": read,
      "SQLite rows written": written,
      "KV reads": called(/^LIMITS\.get/),
      "KV writes": called(/^LIMITS\.put/),
      "lines of the log": world.lines.length,
    };
  } finally {
    rows.undo();
  }
}

/** The first table of the page: what a sign-in uses, by engine. */
function told(column: number): Record<string, number> {
  const section = page.split("## What one sign-in uses")[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  const cells = rows.slice(2).map((row) => row.split("|").map((cell) => cell.trim()));
  return Object.fromEntries(cells.map((row) => [row[1] ?? "", Number(row[1 + column])]));
}

it("a sign-in with engine verify uses what the page of the costs reckons with", async () => {
  expect(await useOf({})).toEqual(told(1));
});

it("a sign-in with engine messaging uses what the page of the costs reckons with", async () => {
  const settings = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
  expect(await useOf(settings)).toEqual(told(2));
});
