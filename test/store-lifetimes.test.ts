import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { signIn } from "./helpers/session.ts";
import { createWorld, start } from "./helpers/world.ts";

const to = "+12015550123";
const dayMs = 24 * 60 * 60 * 1000;

/** The stored values of the namespace's only object, and the time of its alarm. */
async function kept<Instance extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<Instance>,
): Promise<{ entries: number; alarm: number | null }> {
  const [id, ...others] = await listDurableObjectIds(namespace);
  if (id === undefined || others.length > 0) throw new Error("not one object");
  return runInDurableObject(namespace.get(id), async (_, { storage }) => ({
    entries: [...storage.kv.list()].length,
    alarm: await storage.getAlarm(),
  }));
}

async function ring<Instance extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<Instance>,
): Promise<void> {
  for (const id of await listDurableObjectIds(namespace))
    await runDurableObjectAlarm(namespace.get(id));
}

it("a ledger without live entries stores nothing, not even an empty state", async () => {
  const world = await createWorld();
  await start(world, to);
  expect(await kept(env.PHONE_LEDGER)).toEqual({ entries: 1, alarm: expect.any(Number) });
  world.clock.nowMs += dayMs + 11 * 60_000;
  await ring(env.PHONE_LEDGER);
  expect(await kept(env.PHONE_LEDGER)).toEqual({ entries: 0, alarm: null });
});

it("sessions that are all over keep the last sign-in alone, and after 400 days nothing at all", async () => {
  const world = await createWorld();
  await signIn(world, to);
  expect(await kept(env.SUBJECT_SESSIONS)).toEqual({ entries: 1, alarm: expect.any(Number) });
  world.clock.nowMs += 91 * dayMs;
  await ring(env.SUBJECT_SESSIONS);
  expect(await kept(env.SUBJECT_SESSIONS)).toEqual({ entries: 1, alarm: expect.any(Number) });
  world.clock.nowMs += 309 * dayMs;
  await ring(env.SUBJECT_SESSIONS);
  expect(await kept(env.SUBJECT_SESSIONS)).toEqual({ entries: 0, alarm: null });
});
