import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { decodeBase64Url, encodeBase64Url } from "../../src/lib/base64url.ts";
import { hmac } from "../../src/lib/derived-key.ts";
import {
  asBackend,
  bankKey,
  checkAs,
  createBackendWorld,
  serviceKey,
  startAs,
} from "../helpers/backend.ts";
import { allFailures, failing } from "../helpers/failing.ts";
import { logged } from "../helpers/guard.ts";
import { hookedWorld, refuse, sessionHook } from "../helpers/hooks.ts";
import { engines, kindOf } from "../helpers/racing.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import { createWorld, start, wrong, type World } from "../helpers/world.ts";

const to = "+12015550123";
const another = "+12015550124";
const dayMs = 86_400_000;
const readerKey = `sk_${"u".repeat(43)}`;
const otherKey = `sk_${"o".repeat(43)}`;

async function askedWorld(settings: Record<string, unknown> = {}): Promise<World> {
  const keys = await Promise.all([
    serviceKey("support", [], readerKey, ["subjects"]),
    serviceKey("other", ["sign_in"], otherKey, ["introspect", "admin", "twilio", "deliveries"]),
    serviceKey("bank", ["sign_in", "two_factor", "transaction"], bankKey),
  ]);
  return createBackendWorld({
    SERVICE_KEYS: JSON.stringify(keys.map(({ entry }) => entry)),
    ...settings,
  });
}

const read = (world: World, subject: string, key = readerKey) =>
  world.send(`/v1/subjects/${encodeURIComponent(subject)}`, { headers: asBackend(key) });
const find = (world: World, phone_number: unknown, key = readerKey) =>
  world.post("/v1/subjects/find", { phone_number }, asBackend(key));

async function found(world: World, phone_number = to): Promise<string[]> {
  const answer = await find(world, phone_number);
  if (answer.status === 404) return [];
  expect(answer.status).toBe(200);
  return (await answer.json<{ subjects: string[] }>()).subjects;
}

async function signInAs(world: World, subject: string, number = to): Promise<Session> {
  const begun = await startAs(world, bankKey, { to: number, subject });
  return (await checkAs(world, begun)).json<Session>();
}

const timeOf = (world: World) => new Date(world.clock.nowMs).toISOString();

describe.each(engines)("engine $engine: a subject", ({ env: own }) => {
  it("is found by its number, and its number by the subject", async () => {
    const world = await askedWorld(own);
    const { subject } = await signIn(world, to);
    const first_verified_at = timeOf(world);
    expect(await (await find(world, "+1 (201) 555-0123")).json()).toEqual({
      phone_number: to,
      subjects: [subject],
      first_verified_at,
    });
    expect(await (await read(world, subject)).json()).toEqual({
      subject,
      phone_number: to,
      last_signed_in_at: first_verified_at,
      live_sessions: 1,
    });
  });

  it("that no right code has signed in is unknown", async () => {
    const world = await askedWorld(own);
    const { id, code } = await start(world, to);
    await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) });
    expect(await found(world)).toEqual([]);
  });

  it("of a second factor alone is no subject of the number", async () => {
    const world = await askedWorld(own);
    const begun = await startAs(world, bankKey, { to, purpose: "two_factor", subject: "user-42" });
    expect((await checkAs(world, begun)).status).toBe(200);
    expect(await found(world)).toEqual([]);
  });
});

describe("the subjects of a number", () => {
  it("are each there once, the newest sign-in first, and at most sixteen", async () => {
    const world = await askedWorld({ LIMIT_SEND_PER_PHONE: "500/1d", LIMIT_SEND_PER_IP: "500/1h" });
    for (let index = 0; index < 18; index += 1) {
      await signInAs(world, `user-${index}`);
      world.clock.nowMs += 1000;
    }
    await signInAs(world, "user-5");
    const subjects = await found(world);
    expect(subjects).toHaveLength(16);
    expect(subjects.slice(0, 3)).toEqual(["user-5", "user-17", "user-16"]);
    expect(subjects).not.toContain("user-1");
    expect(new Set(subjects).size).toBe(16);
  });

  it("stay for 400 days after the last sign-in, without any session", async () => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    await world.send("/v1/sessions", { method: "DELETE", headers: bearer(session) });
    world.clock.nowMs += 400 * dayMs - 1;
    expect(await found(world)).toEqual([session.subject]);
    expect(await (await read(world, session.subject)).json()).toMatchObject({
      phone_number: to,
      live_sessions: 0,
    });
    world.clock.nowMs += 1;
    expect(await found(world)).toEqual([]);
    expect(await kindOf(await read(world, session.subject))).toBe("404 subject_not_found");
  });

  it("who have another number by now still stand there, and the subject tells the newest", async () => {
    const world = await askedWorld();
    await signInAs(world, "user-42", to);
    world.clock.nowMs += 1000;
    await signInAs(world, "user-42", another);
    expect(await found(world, to)).toEqual(["user-42"]);
    expect(await found(world, another)).toEqual(["user-42"]);
    expect(await (await read(world, "user-42")).json()).toMatchObject({
      phone_number: another,
      live_sessions: 2,
      last_signed_in_at: timeOf(world),
    });
  });

  it("keep when the number was first verified, over later sign-ins", async () => {
    const world = await askedWorld();
    const first_verified_at = timeOf(world);
    await signIn(world, to);
    world.clock.nowMs += 2 * dayMs;
    await signIn(world, to);
    expect(await (await find(world, to)).json()).toMatchObject({ first_verified_at });
  });

  it("are those that a session hook names, and none that it replaced or refused", async () => {
    const { entry } = await serviceKey("support", [], readerKey, ["subjects"]);
    const settings = { ...sessionHook, SERVICE_KEYS: JSON.stringify([entry]) };
    const named = () => Response.json({ allow: true, subject: "user-42" });
    const { world, backend } = await hookedWorld(settings, refuse);
    const check = async () => {
      const { id, code } = await start(world, to);
      return world.post(`/v1/verifications/${id}/check`, { code });
    };
    expect(await kindOf(await check())).toBe("403 not_allowed");
    expect(await found(world)).toEqual([]);
    backend.reply = named;
    expect((await check()).status).toBe(200);
    expect(await found(world)).toEqual(["user-42"]);
  });

  it("of a test number are none: no phone was proved", async () => {
    const world = await askedWorld({ TEST_NUMBERS: "+12015550199:424242@2035-02-01" });
    const begun = await world.post("/v1/verifications", { to: "+12015550199" });
    const { id } = await begun.json<{ id: string }>();
    const checked = await world.post(`/v1/verifications/${id}/check`, { code: "424242" });
    const { subject } = await checked.json<Session>();
    expect(await found(world, "+12015550199")).toEqual([]);
    expect(await kindOf(await read(world, subject))).toBe("404 subject_not_found");
  });

  it("of a country that is not served any more are found", async () => {
    const world = await askedWorld();
    const { subject } = await signIn(world, "+447400123456");
    const later = await createWorld({ env: { ...world.settings, ALLOWED_COUNTRIES: "US" } });
    expect(await found(later, "+447400123456")).toEqual([subject]);
  });
});

describe("a subject of any name", () => {
  it.each(["ann@shop.example", "a/b?c#d", "find", "用户 42", "%2e%2e"])(
    "%s is read by its encoded path",
    async (subject) => {
      const world = await askedWorld();
      await signInAs(world, subject);
      expect(await (await read(world, subject)).json()).toMatchObject({ subject });
    },
  );

  it.each(["usr_nobody", "x".repeat(256), "a\u0000b"])("%j is 404", async (subject) => {
    const world = await askedWorld();
    expect(await kindOf(await read(world, subject))).toBe("404 subject_not_found");
  });
});

/** As if the client had asked for so many unknown numbers today. */
async function used(world: World, clientId: string, count: number): Promise<void> {
  const key = decodeBase64Url(String(world.settings.SUBJECT_KEY));
  if (key === undefined) throw new Error("no key");
  const name = `key:${encodeBase64Url(await hmac(key, "key-uses", clientId))}`;
  const day = timeOf(world).slice(0, 10);
  await runInDurableObject(env.SEND_BUDGET.getByName(name), (_, { storage }) => {
    storage.kv.put("uses", { day, used: count });
  });
}

describe("unknown numbers", () => {
  it("cost the client a count of the day; known ones and refused requests cost none", async () => {
    const world = await askedWorld();
    await signIn(world, to);
    await used(world, "support", 998);
    for (let times = 0; times < 5; times += 1) expect(await found(world)).toHaveLength(1);
    await find(world, "no number");
    await find(world, another, bankKey);
    const numbers = ["+12015550201", "+12015550202", "+12015550203", "+12015550204"];
    const answers = await Promise.all(numbers.map(async (each) => kindOf(await find(world, each))));
    expect(answers.toSorted()).toEqual([
      ...Array.from({ length: 2 }, () => "404 subject_not_found"),
      ...Array.from({ length: 2 }, () => "429 rate_limited"),
    ]);
    // Past the cap a known number is no exception: it would tell that it is known.
    const answer = await find(world, to);
    const leftMs = dayMs - (world.clock.nowMs % dayMs);
    expect(answer.headers.get("Retry-After")).toBe(String(Math.ceil(leftMs / 1000)));
    expect(await kindOf(answer)).toBe("429 rate_limited");
    world.clock.nowMs += leftMs;
    expect(await found(world)).toHaveLength(1);
  });

  it("of one client cost another client nothing", async () => {
    const more = await serviceKey("more", [], otherKey, ["subjects"]);
    const first = await serviceKey("support", [], readerKey, ["subjects"]);
    const keys = JSON.stringify([first.entry, more.entry]);
    const world = await askedWorld({ SERVICE_KEYS: keys, PURPOSES: "sign_in" });
    await used(world, "support", 1000);
    expect(await kindOf(await find(world, to))).toBe("429 rate_limited");
    expect(await kindOf(await find(world, to, otherKey))).toBe("404 subject_not_found");
  });
});

describe("who asks", () => {
  it("without the scope is 403 before anything is read, and no store is asked", async () => {
    const world = await askedWorld();
    const { subject } = await signIn(world, to);
    const methods = [
      "SUBJECT_SESSIONS.lastSignIn",
      "PHONE_LEDGER.readSubjects",
      "SEND_BUDGET.takeUse",
    ];
    for (const method of methods) {
      const { bindings, calls } = failing(method, "rejects");
      const asked = await createWorld({ env: { ...world.settings, ...bindings } });
      for (const key of [otherKey, bankKey]) {
        for (const name of [subject, "user-42", "x".repeat(300)])
          expect(await kindOf(await read(asked, name, key))).toBe("403 insufficient_scope");
        for (const number of [to, another, "x", 5])
          expect(await kindOf(await find(asked, number, key))).toBe("403 insufficient_scope");
      }
      expect(calls()).toBe(0);
    }
    expect(await kindOf(await world.send(`/v1/subjects/${subject}`))).toBe(
      "401 invalid_service_key",
    );
    expect(await kindOf(await world.post("/v1/subjects/find", { phone_number: to }))).toBe(
      "401 invalid_service_key",
    );
  });

  it.each([
    [{}, "400 invalid_request"],
    [{ phone_number: to, all: true }, "400 invalid_request"],
    [{ phone_number: "1" }, "422 invalid_phone_number"],
    [{ phone_number: "+18005550123" }, "422 unsupported_number_type"],
  ])("is told what is wrong with %j", async (body, ending) => {
    const world = await askedWorld();
    const answer = await world.post("/v1/subjects/find", body, asBackend(readerKey));
    expect(await kindOf(answer)).toBe(ending);
  });

  it("by another method is 405", async () => {
    const world = await askedWorld();
    const headers = asBackend(readerKey);
    const removed = await world.send("/v1/subjects/user-42", { method: "DELETE", headers });
    expect([removed.status, removed.headers.get("Allow")]).toEqual([405, "GET"]);
    const put = await world.send("/v1/subjects/find", { method: "DELETE", headers });
    expect([put.status, put.headers.get("Allow")]).toEqual([405, "GET, POST"]);
  });

  it.each(allFailures)("is told 503 where a store %s", async (how) => {
    const world = await askedWorld();
    const { subject } = await signIn(world, to);
    const before = { ...world.settings };
    for (const method of [
      "SUBJECT_SESSIONS.lastSignIn",
      "PHONE_LEDGER.readSubjects",
      "SEND_BUDGET.takeUse",
    ]) {
      Object.assign(world.settings, before, failing(method, how).bindings);
      const isSubject = method.startsWith("SUBJECT");
      const answer = isSubject ? await read(world, subject) : await find(world, to);
      expect(await kindOf(answer)).toBe("503 store_unavailable");
    }
    Object.assign(world.settings, before, failing("SEND_BUDGET.giveBackUse", how).bindings);
    expect((await find(world, to)).status).toBe(200);
  });

  it("is in the log, without the number and the subject", async () => {
    const world = await askedWorld();
    await signInAs(world, "ann@shop.example");
    world.lines.length = 0;
    await read(world, "ann@shop.example");
    await read(world, "bob@shop.example");
    await find(world, to);
    await find(world, another);
    expect(logged(world, "subject.read")).toMatchObject([
      { client_id: "support", by: "subject", found: true },
      { client_id: "support", by: "subject", found: false },
      { client_id: "support", by: "number", found: true, to: "+1•••••0123" },
      { client_id: "support", by: "number", found: false },
    ]);
    const text = world.lines.join("\n");
    for (const secret of ["ann@shop", "bob@shop", to.slice(1)]) expect(text).not.toContain(secret);
  });
});
