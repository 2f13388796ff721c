import { describe, expect, it } from "vitest";
import { asBackend, bankKey, checkAs, serviceKey, startAs } from "../helpers/backend.ts";
import { allFailures, failing, failures } from "../helpers/failing.ts";
import { logged } from "../helpers/guard.ts";
import { from, kindOf } from "../helpers/racing.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import { createWorld, type World } from "../helpers/world.ts";

const path = "/v1/admin/subjects/sign-out";
const adminKey = `sk_${"a".repeat(43)}`;
const to = "+12015550123";

async function adminWorld(env: Record<string, unknown> = {}): Promise<World> {
  const keys = await Promise.all([
    serviceKey("ops", ["admin"], adminKey),
    serviceKey("bank", ["sign_in"], bankKey),
  ]);
  const SERVICE_KEYS = JSON.stringify(keys.map(({ entry }) => entry));
  return createWorld({ env: { SERVICE_KEYS, ...env } });
}

const signOut = (world: World, body: unknown, key = adminKey) =>
  world.post(path, body, asBackend(key));

async function ended(world: World, body: unknown): Promise<unknown> {
  const answer = await signOut(world, body);
  expect(answer.status).toBe(200);
  return answer.json();
}

/** The status of a request with each of the session's tokens. */
async function left(world: World, session: Session) {
  const current = await world.send("/v1/sessions/current", { headers: bearer(session) });
  const refreshed = await world.post("/v1/sessions/refresh", {
    refresh_token: session.refresh_token,
  });
  return [current.status, refreshed.status];
}

/** Whether the device is known: a known device has a window of its own, and the strangers' is used up. */
const oneSend = { LIMIT_SEND_PER_PHONE: "1/1h" };
async function isDeviceBelieved(world: World, { device_token }: Session): Promise<boolean> {
  const start = { to, device_tokens: [device_token] };
  const answer = await world.post("/v1/verifications", start, from(9));
  return answer.status === 201;
}

describe("signing a user out", () => {
  it.each([
    ["number", () => ({ to: "+1 (201) 555-0123" })],
    ["subject", ({ subject }: Session) => ({ subject })],
  ])("by a %s ends all sessions and forgets all devices of that user only", async (_, named) => {
    const world = await adminWorld();
    const one = await signIn(world, to);
    const two = await signIn(world, to);
    const other = await signIn(world, "+12015550124");
    expect(await ended(world, named(one))).toEqual({ sessions_ended: 2 });
    expect(await left(world, one)).toEqual([401, 401]);
    expect(await left(world, two)).toEqual([401, 401]);
    expect(await left(world, other)).toEqual([200, 200]);
    expect(await ended(world, named(one))).toEqual({ sessions_ended: 0 });
    expect((await left(world, await signIn(world, to)))[0]).toBe(200);
  });

  it.each([
    ["number", () => ({ to })],
    ["subject", ({ subject }: Session) => ({ subject })],
  ])("by a %s makes its devices strangers", async (_, named) => {
    const world = await adminWorld(oneSend);
    const session = await signIn(world, to);
    expect(await isDeviceBelieved(world, session)).toBe(true);
    world.clock.nowMs += 60 * 60_000;
    await world.post("/v1/verifications", { to });
    await ended(world, named(session));
    expect(await isDeviceBelieved(world, session)).toBe(false);
  });

  it("works with the subject that a backend has named", async () => {
    const world = await adminWorld();
    const begun = await startAs(world, bankKey, { to, subject: "ann@shop.example" });
    const session = await (await checkAs(world, begun)).json<Session>();
    expect(await ended(world, { to })).toEqual({ sessions_ended: 0 });
    expect((await left(world, session))[0]).toBe(200);
    expect(await ended(world, { subject: "ann@shop.example" })).toEqual({ sessions_ended: 1 });
    expect((await left(world, session))[0]).toBe(401);
  });

  it("works for numbers of a country that is no longer served", async () => {
    const world = await adminWorld();
    const session = await signIn(world, "+447400123456");
    const later = await createWorld({ env: { ...world.settings, ALLOWED_COUNTRIES: "US" } });
    expect(await ended(later, { to: "+447400123456" })).toEqual({ sessions_ended: 1 });
    expect((await left(world, session))[0]).toBe(401);
  });

  it("is logged with the acting client, and without the user's subject", async () => {
    const world = await adminWorld();
    await signIn(world, to);
    await ended(world, { to });
    await ended(world, { subject: "ann@shop.example" });
    expect(logged(world, "subject.signed_out")).toMatchObject([
      { client_id: "ops", sessions: 1, to: "+1•••••0123", country: "US" },
      { client_id: "ops", sessions: 0 },
    ]);
    expect(world.lines.join("\n")).not.toContain("ann@shop.example");
  });
});

describe("the route", () => {
  it.each([
    ["neither", {}, "400 invalid_request"],
    ["both", { to, subject: "ann" }, "400 invalid_request"],
    ["an unknown field", { to, all: true }, "400 invalid_request"],
    ["what is no number", { to: "1" }, "422 invalid_phone_number"],
    ["a subject with a control character", { subject: "a\u0000" }, "400 invalid_request"],
  ])("refuses %s", async (_name, body, ending) => {
    const world = await adminWorld();
    expect(await kindOf(await signOut(world, body))).toBe(ending);
  });

  it("needs a key that lists admin, and POST", async () => {
    const world = await adminWorld();
    const session = await signIn(world, to);
    expect(await kindOf(await signOut(world, { to }, bankKey))).toBe("403 insufficient_scope");
    const without = await world.post(path, { to });
    expect(await kindOf(without)).toBe("401 invalid_service_key");
    expect((await world.send(path, { headers: asBackend(adminKey) })).status).toBe(405);
    expect((await left(world, session))[0]).toBe(200);
  });

  it.each(allFailures)(
    "answers 503 if a store fails (%s), and a retry completes it",
    async (how) => {
      for (const method of ["SUBJECT_SESSIONS.endAll", "PHONE_LEDGER.revokeDevices"]) {
        const world = await adminWorld(oneSend);
        const session = await signIn(world, to);
        const before = { ...world.settings };
        Object.assign(world.settings, failing(method, how).bindings);
        const answer = await signOut(world, { subject: session.subject });
        expect(await kindOf(answer)).toBe("503 store_unavailable");
        expect(failures[how]).toBeDefined();
        Object.assign(world.settings, before);
        await ended(world, { subject: session.subject });
        expect((await left(world, session))[0]).toBe(401);
        await world.post("/v1/verifications", { to });
        expect(await isDeviceBelieved(world, session)).toBe(false);
      }
    },
  );
});
