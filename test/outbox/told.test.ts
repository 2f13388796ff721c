import { describe, expect, it } from "vitest";
import { asBackend, serviceKey } from "../helpers/backend.ts";
import { fill, guarded, numberOf, startFrom } from "../helpers/guard.ts";
import { engines } from "../helpers/racing.ts";
import { events, nextAlarmMs, toldWorld, type Received } from "../helpers/receiver.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import { createWorld, start, type World } from "../helpers/world.ts";

const to = "+12015550123";
const dayMs = 86_400_000;
const adminKey = `sk_${"a".repeat(43)}`;

const signOut = (world: World, session: Session) =>
  world.send("/v1/sessions/current", { method: "DELETE", headers: bearer(session) });
const refresh = (world: World, refresh_token: string) =>
  world.post("/v1/sessions/refresh", { refresh_token });

const typesOf = (received: readonly Received[]): string[] => received.map(({ type }) => type);
const of = (received: readonly Received[], type: string) =>
  received.filter((event) => event.type === type).map(({ data }) => data);

describe.each(engines)("engine $engine: an app's backend is told", ({ env }) => {
  it("of the first right code of a number, and of the session that it opened", async () => {
    const { world, received, ring } = await toldWorld(env);
    const { id, code } = await start(world, to);
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    const session = await answer.json<Session>();
    await ring();
    const about = { phone_number: to, verification_id: id, subject: session.subject };
    const how = { purpose: "sign_in", channel: "sms" };
    expect(of(received, "verification.approved")).toEqual([{ ...about, ...how }]);
    expect(of(received, "number.verified_first")).toEqual([{ ...about, ...how }]);
    expect(of(received, "session.opened")).toEqual([
      {
        session_id: session.session_id,
        subject: session.subject,
        phone_number: to,
        client_id: "phonegate",
        amr: ["sms"],
        acr: "aal1",
        auth_time: world.clock.nowMs / 1000,
      },
    ]);
    expect(received).toHaveLength(3);
    for (const event of received) {
      expect(event.timestamp).toBe(new Date(world.clock.nowMs).toISOString());
      expect(event.id).toMatch(/^evt_[\w-]{22}$/);
    }
    expect(new Set(received.map((event) => event.id)).size).toBe(3);
    // Each is told once.
    world.clock.nowMs += 60_000;
    await ring();
    expect(received).toHaveLength(3);
  });

  it("of a test number with `test` in each event, and never of a first verification", async () => {
    const TEST_NUMBERS = "+12015550199:424242@2035-01-31";
    const { world, received, ring } = await toldWorld({ ...env, TEST_NUMBERS });
    const started = await world.post("/v1/verifications", { to: "+12015550199" });
    const { id } = await started.json<{ id: string }>();
    await world.post(`/v1/verifications/${id}/check`, { code: "424242" });
    await ring();
    expect(typesOf(received).toSorted()).toEqual(["session.opened", "verification.approved"]);
    expect(received.map(({ data }) => data.test)).toEqual([true, true]);
  });

  it("of a later right code without saying that it is the first", async () => {
    const { world, received, ring } = await toldWorld(env);
    await signIn(world, to);
    await ring();
    received.length = 0;
    world.clock.nowMs += 61_000;
    await signIn(world, to);
    await ring();
    expect(typesOf(received).toSorted()).toEqual(["session.opened", "verification.approved"]);
  });
});

describe("an app's backend is told of a session's end", () => {
  it("by its own user, once", async () => {
    const { world, received, ring } = await toldWorld();
    const session = await signIn(world, to);
    await signOut(world, session);
    await signOut(world, session);
    await ring();
    expect(of(received, "session.ended")).toEqual([
      {
        session_id: session.session_id,
        subject: session.subject,
        phone_number: to,
        client_id: "phonegate",
        reason: "signed_out",
      },
    ]);
  });

  it("by its user everywhere, after the sessions were opened", async () => {
    const { world, received, ring } = await toldWorld();
    const first = await signIn(world, to);
    world.clock.nowMs += 61_000;
    const second = await signIn(world, to);
    await world.send("/v1/sessions", { method: "DELETE", headers: bearer(first) });
    await ring();
    const sessions = received.filter(({ type }) => type.startsWith("session."));
    expect(typesOf(sessions)).toEqual([
      "session.opened",
      "session.opened",
      "session.ended",
      "session.ended",
    ]);
    const ended = of(received, "session.ended");
    expect(ended.map(({ reason }) => reason)).toEqual(Array(2).fill("signed_out_everywhere"));
    const ids = new Set(ended.map(({ session_id }) => session_id));
    expect(ids).toEqual(new Set([first.session_id, second.session_id]));
  });

  it("by the operator", async () => {
    const admin = await serviceKey("ops", ["admin"], adminKey);
    const { world, received, ring } = await toldWorld({
      SERVICE_KEYS: JSON.stringify([admin.entry]),
    });
    await signIn(world, to);
    await world.post("/v1/admin/subjects/sign-out", { to }, asBackend(adminKey));
    await ring();
    expect(of(received, "session.ended").map(({ reason }) => reason)).toEqual(["operator"]);
  });

  it("by a refresh token that came twice, which is told first", async () => {
    const { world, received, ring } = await toldWorld();
    const session = await signIn(world, to);
    await refresh(world, session.refresh_token);
    world.clock.nowMs += 11_000;
    expect((await refresh(world, session.refresh_token)).status).toBe(401);
    await ring();
    const told = received.filter(({ type }) => type.startsWith("session."));
    expect(typesOf(told)).toEqual(["session.opened", "session.reuse_detected", "session.ended"]);
    expect(told[1]?.data).toMatchObject({
      session_id: session.session_id,
      subject: session.subject,
    });
    expect(told[2]?.data.reason).toBe("reuse_detected");
  });

  it("by its time", async () => {
    const { world, received, ring } = await toldWorld();
    await signIn(world, to);
    await ring();
    world.clock.nowMs += 8 * dayMs;
    await ring();
    expect(of(received, "session.ended").map(({ reason }) => reason)).toEqual(["expired"]);
  });
});

describe("an app's backend is told of what the guard closes", () => {
  it("at once, and the operator with the next minute", async () => {
    const { world, received, ring } = await toldWorld(guarded);
    await fill(world, numberOf);
    for (let index = 3; index < 9; index += 1) await startFrom(world, index, numberOf(index));
    await ring();
    expect(of(received, "guard.closed")).toEqual([
      { rule: "prefix", country: "US", verdict: "refuse", prefix: "+1201555" },
    ]);
    const closed = () => world.lines.filter((line) => line.includes('"guard.closed"'));
    expect(closed()).toEqual([]);
    expect(await nextAlarmMs()).toBe(Date.parse("2035-01-02T03:05:00Z"));
    world.clock.nowMs = Date.parse("2035-01-02T03:05:00Z");
    await ring();
    expect(closed()).toHaveLength(1);
    expect(of(received, "guard.closed")).toHaveLength(1);
  });
});

describe("where events are off", () => {
  it("nothing is written, and no alarm is set for them", async () => {
    const off = { EVENTS_URL: "", EVENTS_SECRET: "" };
    const { world, received, ring } = await toldWorld(off);
    const session = await signIn(world, to);
    await signOut(world, session);
    // The first alarm is that of a day: to delete what is over.
    expect(await nextAlarmMs()).toBeGreaterThan(world.clock.nowMs + dayMs / 2);
    expect(await ring()).toBe(0);
    expect(received).toEqual([]);
  });

  it("what still waits from before is dropped", async () => {
    const { world, received, ring } = await toldWorld();
    await signIn(world, to);
    const settings = { ...world.settings, EVENTS_URL: "", EVENTS_SECRET: "" };
    Object.assign(world, { settings });
    await ring();
    Object.assign(world, { settings: { ...settings, ...events } });
    await ring();
    expect(received).toEqual([]);
  });
});

describe("a session of before events were switched on", () => {
  it("is told of from its next refresh on", async () => {
    const before = await createWorld();
    const session = await signIn(before, to);
    const settings = { ...before.settings, ...events };
    const { world, received, ring } = await toldWorld(settings);
    const refreshed = await refresh(world, session.refresh_token);
    const next = await refreshed.json<Session>();
    await signOut(world, next);
    await ring();
    expect(typesOf(received)).toEqual(["session.ended"]);
    expect(received[0]?.data.subject).toBe(session.subject);
  });
});
