import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { createWorld, type World } from "./world.ts";

/** The example of the Standard Webhooks specification. */
export const eventsSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
export const events = {
  EVENTS_URL: "https://backend.example/phonegate",
  EVENTS_SECRET: eventsSecret,
};

/** One event as a receiver has it, once its signature is verified. */
export interface Received {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Answer = (event: Received, init: RequestInit | undefined) => Response | Promise<Response>;

const taken: Answer = () => new Response(null, { status: 204 });

/** Verifies an event with the library of Standard Webhooks, as a receiver does. */
export async function receive(
  url: RequestInfo | URL,
  init: RequestInit | undefined,
  secret = eventsSecret,
): Promise<Received> {
  const request = new Request(url, init);
  const { headers } = request;
  const verified = new Webhook(secret).verify(await request.text(), Object.fromEntries(headers));
  const { type, timestamp, data } = verified as Omit<Received, "id">;
  return { id: headers.get("webhook-id") ?? "", type, timestamp, data };
}

/** Every object of the three namespaces. */
async function allObjects() {
  const { PHONE_LEDGER, SUBJECT_SESSIONS, SEND_BUDGET } = bindings;
  return [
    ...(await listDurableObjectIds(PHONE_LEDGER)).map((id) => PHONE_LEDGER.get(id)),
    ...(await listDurableObjectIds(SUBJECT_SESSIONS)).map((id) => SUBJECT_SESSIONS.get(id)),
    ...(await listDurableObjectIds(SEND_BUDGET)).map((id) => SEND_BUDGET.get(id)),
  ];
}

/** A world whose app's backend gets events. Its objects have the settings of the world. */
export async function toldWorld(env: Record<string, unknown> = {}, answer: Answer = taken) {
  const world = await createWorld({ env: { ...events, ...env } });
  const received: Received[] = [];
  const network: typeof fetch = async (url, init) => {
    const event = await receive(url, init);
    received.push(event);
    return answer(event, init);
  };
  return { world, received, ring: (way: typeof fetch = network) => ring(world, way) };
}

/** Runs the alarms that are due by the world's clock, until none is. Tells how many it has run. */
export async function ring(world: World, network: typeof fetch): Promise<number> {
  let count = 0;
  for (;;) {
    const before = count;
    for (const stub of await allObjects()) {
      const alarm = await runInDurableObject(stub, (instance: object, { storage }) => {
        Object.assign(instance, { env: world.settings, network });
        return storage.getAlarm();
      });
      if (alarm === null || alarm > world.clock.nowMs) continue;
      await runDurableObjectAlarm(stub);
      count += 1;
    }
    if (count === before) return count;
    if (count > 10_000) throw new Error("the alarms never end");
  }
}

/** When the next alarm of any object rings. */
export async function nextAlarmMs(): Promise<number | undefined> {
  const times: number[] = [];
  for (const stub of await allObjects()) {
    const alarm = await runInDurableObject(stub, (_: object, { storage }) => storage.getAlarm());
    if (alarm !== null) times.push(alarm);
  }
  return times.length === 0 ? undefined : Math.min(...times);
}
