import { evictDurableObject } from "cloudflare:test";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { expect, it } from "vitest";
import { seeded } from "../../bench/simulate/random.ts";
import { readConfig } from "../../src/config.ts";
import { sealText } from "../../src/lib/seal.ts";
import type { ListedLetter } from "../../src/outbox/dead-letters.ts";
import { sealSessionNumber } from "../../src/session/session-number.ts";
import { subjectLabel } from "../../src/session/events.ts";
import { holdTimers } from "../helpers/held-timers.ts";
import { events, receive, type Received } from "../helpers/receiver.ts";
import { runs } from "../helpers/runs.ts";
import { createWorld } from "../helpers/world.ts";

const minuteMs = 60_000;
/** 300 with `npm test`, 10,000 with `npm run test:long`. */
const eventCount = runs(1) === 1 ? 300 : 10_000;
const objectCount = Math.ceil(eventCount / 50);
const lifetimes = { idleSeconds: 400 * 86_400, maxSeconds: 400 * 86_400 };

/** What a receiver does with one delivery. */
type Fate = "taken" | "failed" | "hung" | "answer lost" | "evicted";

/** 30% fail; 5% are never answered; of some the answer is lost, or the object dies meanwhile. */
function fateOf(random: () => number): Fate {
  const dice = random();
  if (dice < 0.3) return "failed";
  if (dice < 0.35) return "hung";
  if (dice < 0.38) return "answer lost";
  return dice < 0.39 ? "evicted" : "taken";
}

function refuse(): never {
  throw new Error("this object is dead");
}

const title =
  "no event is lost, repeats have one id, and each object's order is kept, whatever fails";

it(title, { timeout: 20 * minuteMs }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seeded(seed);
  const world = await createWorld({ env: events });
  const { settings, clock } = world;
  const config = await readConfig(settings, () => clock.nowMs);
  if (config.kind !== "ok") throw new Error(config.problems.join());
  const { peppers } = config.config;
  const timers = holdTimers();

  const stubs = Array.from({ length: objectCount }, (_, index) =>
    bindings.SUBJECT_SESSIONS.getByName(`told ${seed} ${index}`),
  );
  /** When the alarm of each rings. */
  const dueAtMs = stubs.map(() => Number.POSITIVE_INFINITY);
  /** The name of each event, in the order of its object. */
  const written = stubs.map((): string[] => []);
  const received: Received[] = [];
  const acknowledged = new Set<string>();
  const fates = new Map<Fate, number>();
  /** From now on the object whose alarm is running does nothing more, until it is evicted. */
  let die: () => void = () => undefined;
  let isDead = false;
  const nameOf = ({ type, data }: Received) => `${type} ${String(data.session_id)}`;

  /** Every fiftieth session's end is answered 410. */
  const isGone = ({ type, data }: Received) =>
    type === "session.ended" && String(data.session_id).endsWith("7g");

  const network: typeof fetch = async (url, init) => {
    const event = await receive(url, init);
    received.push(event);
    if (isGone(event)) return new Response(null, { status: 410 });
    const fate = fateOf(random);
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
    switch (fate) {
      case "taken":
        acknowledged.add(nameOf(event));
        return new Response("thanks", { status: 200 });
      case "failed":
        return new Response("no", { status: 500 + Math.floor(random() * 4) });
      case "hung":
        timers.expire(2000);
        return new Promise<Response>(() => undefined);
      case "answer lost":
        acknowledged.add(nameOf(event));
        throw new TypeError("the connection broke");
      case "evicted":
        acknowledged.add(nameOf(event));
        die();
        return new Response(null, { status: 204 });
    }
  };

  let sessions = 0;
  /** Opens a session of a random object and ends it: two events. */
  async function write(): Promise<void> {
    const index = Math.floor(random() * stubs.length);
    const name = `${index}-${sessions}${sessions % 50 === 7 ? "7g" : ""}`;
    const id = `ses_${name.padStart(22, "x")}`;
    sessions += 1;
    const stub = stubs[index];
    if (stub === undefined) throw new Error("no such object");
    await stub.open({
      id,
      clientId: "phonegate",
      amr: ["sms"],
      acr: "aal1",
      authTimeSeconds: 0,
      sealedNumber: await sealSessionNumber("+12015550123", id, peppers),
      sealedSubject: await sealText(peppers, subjectLabel, `usr_${index}`, id),
      ledger: { name: "none", country: "US" },
      lifetimes,
    });
    await stub.signOut({ by: id, id });
    dueAtMs[index] = clock.nowMs;
    written[index]?.push(`session.opened ${id}`, `session.ended ${id}`);
  }

  /** Runs what is due. Some objects are evicted first. Tells when the next alarm is due. */
  async function ring(): Promise<number> {
    for (const [index, stub] of stubs.entries()) {
      if ((dueAtMs[index] ?? 0) > clock.nowMs) continue;
      // An object that is not awake needs no eviction.
      if (random() < 0.1) await evictDurableObject(stub).catch(() => undefined);
      await runInDurableObject(stub, (instance) => {
        Object.assign(instance, { env: settings, network });
        isDead = false;
        die = () => {
          isDead = true;
          Object.assign(instance, { now: refuse });
        };
      });
      await runDurableObjectAlarm(stub);
      if (isDead) await evictDurableObject(stub);
      const alarm = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
      dueAtMs[index] = alarm ?? Number.POSITIVE_INFINITY;
    }
    return Math.min(...dueAtMs);
  }

  const beganAtMs = clock.nowMs;
  const total = eventCount / 2;
  const isDone = () => {
    const gone = received.filter(isGone).length;
    return sessions >= total && acknowledged.size + gone >= eventCount;
  };
  for (let round = 0; round < 5000; round += 1) {
    for (let count = 0; count < total / 20 && sessions < total; count += 1) await write();
    const nextMs = await ring();
    if (isDone() && nextMs > clock.nowMs + 86_400_000) break;
    clock.nowMs = Math.max(clock.nowMs + 1, Math.min(nextMs, clock.nowMs + 30_000));
  }

  const about = `seed ${seed}, ${JSON.stringify([...fates])}`;
  expect(clock.nowMs - beganAtMs, about).toBeLessThan(86_400_000);
  const letters = await bindings.SEND_BUDGET.getByName("world").deadLetters();
  const dead = new Set(letters.map(({ id }: ListedLetter) => id));
  const byId = Map.groupBy(received, ({ id }) => id);
  for (const [id, repeats] of byId)
    expect(new Set(repeats.map((each) => JSON.stringify(each))).size, `${about} ${id}`).toBe(1);
  const byName = Map.groupBy(received, nameOf);
  for (const [name, repeats] of byName)
    expect(new Set(repeats.map(({ id }) => id)).size, `${about} ${name}`).toBe(1);
  let lost = 0;
  for (const [index, names] of written.entries()) {
    const firsts = [...byName.keys()].filter((name) => name.includes(`x${index}-`));
    // The first time that each was seen, in the order in which it was written.
    expect(firsts, `${about} object ${index}`).toEqual(names);
    for (const name of names) {
      const [first] = byName.get(name) ?? [];
      const isLetter = first !== undefined && dead.has(first.id);
      if (!acknowledged.has(name) && !isLetter) lost += 1;
    }
  }
  expect(lost, about).toBe(0);
  expect(dead.size, about).toBe(Math.floor((total + 42) / 50));
  for (const fate of ["failed", "hung", "answer lost", "evicted"] as const)
    expect(fates.get(fate) ?? 0, about).toBeGreaterThan(0);
});
