import { evictAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { sessionsName } from "../../src/handles/subject.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import { decodeBase64Url } from "../../src/lib/base64url.ts";
import { holdTimers } from "../helpers/held-timers.ts";
import { fill, guarded, logged, numberOf, startFrom } from "../helpers/guard.ts";
import {
  events,
  eventsSecret,
  nextAlarmMs,
  receive,
  toldWorld,
  type Received,
} from "../helpers/receiver.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import type { World } from "../helpers/world.ts";

const to = "+12015550123";
const secondMs = 1000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const status = (code: number) => () => new Response(null, { status: code });
const ofSessions = (received: readonly Received[]) =>
  received.filter(({ type }) => type.startsWith("session."));
const listed = () => bindings.SEND_BUDGET.getByName("world").deadLetters();

/** A session that was opened and ended: two events of one object, in that order. */
async function openedAndEnded(world: World): Promise<Session> {
  const session = await signIn(world, to);
  await world.send("/v1/sessions/current", { method: "DELETE", headers: bearer(session) });
  return session;
}

async function sessionsOf({ settings }: World, { subject }: Session) {
  const key = decodeBase64Url(String(settings.SUBJECT_KEY)) ?? new Uint8Array(0);
  return bindings.SUBJECT_SESSIONS.getByName(await sessionsName(subject, key));
}

describe("an event whose receiver fails", () => {
  it("leaves again under the same id with a new time, and holds back those behind it", async () => {
    let isUp = false;
    const { world, received, ring } = await toldWorld({}, () => status(isUp ? 200 : 500)());
    await openedAndEnded(world);
    await ring();
    expect(ofSessions(received).map(({ type }) => type)).toEqual(["session.opened"]);
    expect(await nextAlarmMs()).toBe(world.clock.nowMs + 5 * secondMs);
    world.clock.nowMs += 5 * secondMs;
    await ring();
    expect(await nextAlarmMs()).toBe(world.clock.nowMs + 10 * secondMs);
    isUp = true;
    world.clock.nowMs += 10 * secondMs;
    await ring();
    const told = ofSessions(received);
    expect(told.map(({ type }) => type)).toEqual([
      ...Array(3).fill("session.opened"),
      "session.ended",
    ]);
    expect(new Set(told.slice(0, 3).map(({ id }) => id)).size).toBe(1);
    expect(new Set(told.map(({ timestamp }) => timestamp)).size).toBe(1);
    expect(logged(world, "event.undelivered")).toContainEqual({
      event: "event.undelivered",
      level: "warning",
      id: told[0]?.id,
      type: "session.opened",
      attempt: 2,
      reason: "status_500",
    });
    world.clock.nowMs += hourMs;
    await ring();
    expect(ofSessions(received)).toHaveLength(4);
  });

  it.each([301, 302, 307, 308])("with a redirect (%d) is not followed", async (code) => {
    const urls: string[] = [];
    const { world, ring } = await toldWorld();
    await openedAndEnded(world);
    await ring(async (url, init) => {
      urls.push(new Request(url, init).url);
      const redirect = new Request(url, init).redirect;
      expect(redirect).toBe("manual");
      return new Response(null, { status: code, headers: { Location: "https://evil.example/" } });
    });
    expect(new Set(urls)).toEqual(new Set([events.EVENTS_URL]));
    expect(logged(world, "event.undelivered").map(({ reason }) => reason)).toContain(
      `status_${code}`,
    );
  });

  it("by never answering is left after two seconds, though its fetch ignores the signal", async () => {
    const { world, ring } = await toldWorld();
    const session = await openedAndEnded(world);
    const object = await sessionsOf(world, session);
    // The other objects' events first.
    await ring(async (url, init) => {
      const { type } = await receive(url, init);
      return status(type.startsWith("session.") ? 500 : 200)();
    });
    world.clock.nowMs += 5 * secondMs;
    const timers = holdTimers();
    await runInDurableObject(object, (instance: object) => {
      Object.assign(instance, { network: () => new Promise<Response>(() => undefined) });
    });
    const [rang] = await Promise.all([runDurableObjectAlarm(object), timers.expireNext(2000)]);
    expect(rang).toBe(true);
    expect(logged(world, "event.undelivered").at(-1)).toMatchObject({ reason: "timeout" });
    expect(await nextAlarmMs()).toBe(world.clock.nowMs + 10 * secondMs);
  });

  it("for 24 hours becomes a dead letter, and the next event follows", async () => {
    const refused = new Set<string>(["session.opened"]);
    const { world, received, ring } = await toldWorld({}, ({ type }) =>
      status(refused.has(type) ? 503 : 200)(),
    );
    const session = await openedAndEnded(world);
    const beganAtMs = world.clock.nowMs;
    for (let alarms = 0; alarms < 40; alarms += 1) {
      await ring();
      if (logged(world, "event.dead_letter").length > 0) break;
      world.clock.nowMs = (await nextAlarmMs()) ?? 0;
    }
    expect(world.clock.nowMs).toBe(beganAtMs + dayMs);
    const told = ofSessions(received);
    const opened = told.filter(({ type }) => type === "session.opened");
    expect(opened.length).toBeGreaterThan(20);
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(told.at(-1)?.type).toBe("session.ended");
    expect(logged(world, "event.dead_letter")).toEqual([
      {
        event: "event.dead_letter",
        level: "alert",
        id: opened[0]?.id,
        type: "session.opened",
        reason: "expired",
      },
    ]);
    const object = await sessionsOf(world, session);
    expect(await listed()).toEqual([
      {
        id: opened[0]?.id,
        type: "session.opened",
        atMs: beganAtMs,
        diedAtMs: beganAtMs + dayMs,
        reason: "expired",
        store: "subject_sessions",
        object: object.id.toString(),
      },
    ]);
  });

  it("with 410 is a dead letter at once, and the next follows", async () => {
    const { world, received, ring } = await toldWorld({}, ({ type }) =>
      status(type === "session.opened" ? 410 : 204)(),
    );
    await openedAndEnded(world);
    await ring();
    expect(ofSessions(received).map(({ type }) => type)).toEqual([
      "session.opened",
      "session.ended",
    ]);
    expect((await listed()).map(({ type, reason }) => [type, reason])).toEqual([
      ["session.opened", "gone"],
    ]);
  });
});

describe("dead letters", () => {
  it("are kept for 30 days, then their object is empty", async () => {
    const { world, ring } = await toldWorld({}, status(410));
    const session = await openedAndEnded(world);
    await ring();
    expect(await listed()).toHaveLength(4);
    const object = await sessionsOf(world, session);
    const entries = () =>
      runInDurableObject(object, (_, { storage }) => [...storage.kv.list()].map(([key]) => key));
    expect(await entries()).toContain("dead-letters");
    for (let alarms = 0; alarms < 30 && (await nextAlarmMs()) !== undefined; alarms += 1) {
      world.clock.nowMs = Math.max(world.clock.nowMs, (await nextAlarmMs()) ?? 0);
      if (world.clock.nowMs > Date.parse("2036-06-01")) break;
      await ring();
    }
    expect(await entries()).toEqual([]);
    expect(await listed()).toEqual([]);
  });

  it("of one object are a hundred at most, the newest", async () => {
    const { world, received, ring } = await toldWorld({}, status(410));
    const session = await signIn(world, to);
    const object = await sessionsOf(world, session);
    await ring();
    const families = { idleSeconds: 3600, maxSeconds: 3600 };
    for (let index = 0; index < 60; index += 1) {
      const id = `ses_${String(index).padStart(22, "x")}`;
      await runInDurableObject(object, (instance) => {
        instance.open({
          id,
          clientId: "phonegate",
          amr: ["sms"],
          acr: "aal1",
          authTimeSeconds: 0,
          sealedNumber: "none",
          sealedSubject: "none",
          ledger: { name: "none", country: "US" },
          lifetimes: families,
        });
        instance.signOut({ by: id, id });
      });
    }
    await ring();
    const letters = await runInDurableObject(object, (_, { storage }) =>
      storage.kv.get<{ event: { data: { session_id: string } }; reason: string }[]>("dead-letters"),
    );
    expect(letters).toHaveLength(100);
    // They were sealed with no pepper of ours, so they never left.
    expect(new Set(letters?.map(({ reason }) => reason))).toEqual(new Set(["unreadable"]));
    expect(letters?.at(-1)?.event.data.session_id).toBe("ses_xxxxxxxxxxxxxxxxxxxx59");
    expect(received).toHaveLength(3);
  });

  it("are listed a minute later when the list cannot be told", async () => {
    const { world, ring } = await toldWorld({}, status(410));
    const { SEND_BUDGET } = world.settings;
    await openedAndEnded(world);
    const broken = {
      getByName: () => ({
        listDeadLetters: () => Promise.reject(new Error("the list is down")),
      }),
    };
    Object.assign(world, { settings: { ...world.settings, SEND_BUDGET: broken } });
    await ring();
    expect(await listed()).toEqual([]);
    expect(logged(world, "store.failed")).toMatchObject([
      { level: "alert", store: "send_budget" },
      { level: "alert", store: "send_budget" },
    ]);
    Object.assign(world, { settings: { ...world.settings, SEND_BUDGET } });
    world.clock.nowMs += 60 * secondMs;
    await ring();
    expect(await listed()).toHaveLength(4);
  });
});

describe("an alarm never throws", () => {
  it("where the network throws at once", async () => {
    const { world, ring } = await toldWorld();
    await openedAndEnded(world);
    await ring(() => {
      throw new TypeError("no network");
    });
    expect(logged(world, "event.undelivered").map(({ reason }) => reason)).toContain("network");
  });

  it("where the settings are wrong: the events wait until they are right again", async () => {
    const { world, received, ring } = await toldWorld();
    const right = world.settings;
    await openedAndEnded(world);
    Object.assign(world, { settings: { ...right, PEPPERS: "" } });
    await ring();
    expect(received).toEqual([]);
    expect(await nextAlarmMs()).toBe(world.clock.nowMs + 60 * secondMs);
    Object.assign(world, { settings: { ...right } });
    world.clock.nowMs += 60 * secondMs;
    await ring();
    expect(received).toHaveLength(4);
  });

  it("where the work itself fails: it comes back after a minute and tells the operator", async () => {
    const { world, received, ring } = await toldWorld();
    const session = await openedAndEnded(world);
    const object = await sessionsOf(world, session);
    await runInDurableObject(object, (_, { storage }) => {
      // What no version of ours has stored.
      storage.kv.put("outbox:000000000000", null);
    });
    await ring();
    expect(logged(world, "internal.error")).toMatchObject([{ level: "alert", error: "TypeError" }]);
    expect(await nextAlarmMs()).toBe(world.clock.nowMs + 60 * secondMs);
    await runInDurableObject(object, (_, { storage }) => {
      storage.kv.delete("outbox:000000000000");
    });
    world.clock.nowMs += 60 * secondMs;
    await ring();
    expect(ofSessions(received)).toHaveLength(2);
  });
});

describe("an event", () => {
  it("outlives the eviction of its object", async () => {
    const { world, received, ring } = await toldWorld();
    await openedAndEnded(world);
    await evictAllDurableObjects();
    await ring();
    expect(ofSessions(received).map(({ type }) => type)).toEqual([
      "session.opened",
      "session.ended",
    ]);
  });

  it("has two signatures while the secret rotates", async () => {
    const second = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDCQ==";
    const { world, ring } = await toldWorld({ EVENTS_SECRET: `${second} ${eventsSecret}` });
    await signIn(world, to);
    const verified: unknown[] = [];
    await ring(async (url, init) => {
      const request = new Request(url, init);
      const body = await request.text();
      const headers = Object.fromEntries(request.headers);
      for (const secret of [second, eventsSecret])
        verified.push(new Webhook(secret).verify(body, headers));
      return status(204)();
    });
    expect(verified).toHaveLength(6);
  });

  it("has no number, subject or id in clear while it rests, nor in the log", async () => {
    const { world, ring } = await toldWorld({}, ({ type }) =>
      status(type === "session.opened" ? 410 : 500)(),
    );
    const session = await openedAndEnded(world);
    await ring();
    const object = await sessionsOf(world, session);
    const dump = await runInDurableObject(object, (_, { storage }) =>
      JSON.stringify([...storage.kv.list()]),
    );
    expect(dump).toContain("dead-letters");
    expect(dump).toContain("outbox:");
    expect(dump).toContain("session.ended");
    const everything = dump + JSON.stringify(await listed()) + world.lines.join("\n");
    for (const secret of ["2015550123", session.subject, "whsec_", "backend.example"])
      expect(everything).not.toContain(secret);
  });
});

describe("the one alarm of an object", () => {
  /** Runs the alarm of one object with these settings, and returns when the next one rings. */
  async function ringOne(
    object: ReturnType<typeof bindings.SUBJECT_SESSIONS.get>,
    settings: World["settings"],
  ) {
    await runInDurableObject(object, (instance: object) => {
      Object.assign(instance, { env: settings, network: async () => status(204)() });
    });
    expect(await runDurableObjectAlarm(object)).toBe(true);
    return runInDurableObject(object, (_, { storage }) => storage.getAlarm());
  }

  it("still delivers an event after its breaker has opened again", async () => {
    let isUp = false;
    const { world, received, ring } = await toldWorld(guarded, ({ type }) =>
      status(type === "guard.closed" && !isUp ? 500 : 204)(),
    );
    await fill(world, numberOf);
    for (let index = 3; index < 9; index += 1) await startFrom(world, index, numberOf(index));
    for (let alarms = 0; alarms < 300; alarms += 1) {
      await ring();
      if (logged(world, "guard.reopened").length > 0) break;
      world.clock.nowMs = (await nextAlarmMs()) ?? 0;
    }
    expect(logged(world, "guard.reopened")).toHaveLength(1);
    expect(logged(world, "event.dead_letter")).toEqual([]);
    isUp = true;
    const before = received.length;
    world.clock.nowMs += hourMs;
    await ring();
    expect(received.slice(before).map(({ type }) => type)).toEqual(["guard.closed"]);
  });

  it("is not lost when the operator sends a dead letter again during a backoff", async () => {
    let answers = 410;
    const { world, received, ring } = await toldWorld(guarded, ({ type }) =>
      status(type === "guard.closed" ? answers : 204)(),
    );
    await fill(world, numberOf);
    for (let index = 3; index < 9; index += 1) await startFrom(world, index, numberOf(index));
    await ring();
    const [letter] = await listed();
    expect(letter?.type).toBe("guard.closed");
    // A second event waits for its next attempt.
    answers = 500;
    const budget = bindings.SEND_BUDGET.getByName("world");
    await runInDurableObject(budget, (instance) => {
      const { outbox } = instance as unknown as { outbox: Outbox };
      const data = { rule: "country", country: "US", verdict: "refuse" };
      outbox.add([{ type: "guard.closed", data, sealed: [] }], world.clock.nowMs);
    });
    await runInDurableObject(budget, (_, { storage }) => storage.setAlarm(world.clock.nowMs));
    await ring();
    expect(await budget.reviveEvents([letter?.id ?? ""])).toEqual([letter?.id]);
    answers = 204;
    const before = received.length;
    // The operator's log line of the breaker still waits for the full minute.
    await ring();
    expect(logged(world, "guard.closed")).toEqual([]);
    world.clock.nowMs += 5 * secondMs;
    await ring();
    expect(received.slice(before).map(({ type }) => type)).toEqual([
      "guard.closed",
      "guard.closed",
    ]);
  });

  it("rests a minute while the settings are wrong, also with dead letters of a month ago", async () => {
    const { world, ring } = await toldWorld({}, status(410));
    const session = await openedAndEnded(world);
    await ring();
    const object = await sessionsOf(world, session);
    world.clock.nowMs += 30 * dayMs;
    const next = await ringOne(object, { ...world.settings, PEPPERS: "" });
    expect(next).toBeGreaterThanOrEqual(world.clock.nowMs + 60 * secondMs);
  });

  it("rests after the only unlisted dead letter was sent again", async () => {
    let answers = 410;
    const { world, ring } = await toldWorld({}, () => status(answers)());
    const session = await signIn(world, to);
    await ring();
    const broken = {
      getByName: () => ({ listDeadLetters: () => Promise.reject(new Error("down")) }),
    };
    const right = world.settings;
    Object.assign(world, { settings: { ...right, SEND_BUDGET: broken } });
    await world.send("/v1/sessions/current", { method: "DELETE", headers: bearer(session) });
    await ring();
    const object = await sessionsOf(world, session);
    const letters = await runInDurableObject(object, (_, { storage }) =>
      storage.kv.get<{ event: { id: string }; isListed: boolean }[]>("dead-letters"),
    );
    expect(letters?.map(({ isListed }) => isListed)).toEqual([true, false]);
    answers = 204;
    await object.reviveEvents([letters?.[1]?.event.id ?? ""]);
    Object.assign(world, { settings: right });
    await ring();
    world.clock.nowMs += 60 * secondMs;
    const next = await ringOne(object, right);
    expect(next).toBeGreaterThan(world.clock.nowMs);
  });
});
