import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  allPurposes,
  asBackend,
  bankKey,
  createBackendWorld,
  serviceKey,
  shopKey,
  startAs,
} from "../helpers/backend.ts";
import { allFailures, failing } from "../helpers/failing.ts";
import { logged } from "../helpers/guard.ts";
import { from, kindOf } from "../helpers/racing.ts";
import { start, wrong, type World } from "../helpers/world.ts";

const to = "+12015550123";
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const clientPath = "/v1/locks/reset";
const operatorPath = "/v1/admin/locks/reset";
const adminKey = `sk_${"a".repeat(43)}`;

/** Keys of the shop, the bank and the operator. Codes of our own, and windows too large to matter. */
async function lockWorld(env: Record<string, unknown> = {}): Promise<World> {
  const keys = await Promise.all([
    serviceKey("shop", ["two_factor"], shopKey),
    serviceKey("bank", ["sign_in", "two_factor", "transaction"], bankKey),
    serviceKey("ops", ["admin"], adminKey),
  ]);
  const SERVICE_KEYS = JSON.stringify(keys.map(({ entry }) => entry));
  const own = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
  const windows = { LIMIT_SEND_PER_PHONE: "100/10m", LIMIT_CHECK_PER_IP: "1000/10m" };
  return createBackendWorld({ PURPOSES: allPurposes, SERVICE_KEYS, ...own, ...windows, ...env });
}

const startFor = async (world: World, key: string, subject: string) =>
  kindOf(
    await world.post("/v1/verifications", { to, purpose: "two_factor", subject }, asBackend(key)),
  );
const startAnonymous = async (world: World) =>
  kindOf(await world.post("/v1/verifications", { to }, from(200)));
const resetAs = async (world: World, key: string, body: unknown) =>
  kindOf(await world.post(clientPath, body, asBackend(key)));
const resetClass = (world: World, named: string, headers = asBackend(adminKey)) =>
  world.post(operatorPath, { to, class: named }, headers);

/** Enters ten wrong codes, which lock for 15 minutes. */
async function lockUser(world: World, key: string, subject: string): Promise<void> {
  for (let starts = 0; starts < 2; starts += 1)
    await guess(world, await startAs(world, key, { to, purpose: "two_factor", subject }));
  expect(await startFor(world, key, subject)).toBe("429 rate_limited");
}

async function lockStrangers(world: World): Promise<void> {
  for (let starts = 0; starts < 2; starts += 1) await guess(world, await start(world, to));
  expect(await startAnonymous(world)).toBe("429 rate_limited");
}

async function guess(world: World, { id, code }: { id: string; code: string }): Promise<void> {
  for (let guesses = 0; guesses < 5; guesses += 1)
    await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) });
}

describe("a client's backend", () => {
  it("ends the lock of one of its users, not of other users and other clients", async () => {
    const world = await lockWorld();
    for (const user of ["ann", "bob"]) await lockUser(world, shopKey, user);
    await lockUser(world, bankKey, "ann");
    expect(await resetAs(world, shopKey, { to, subject: "ann" })).toBe("204");
    expect(await startFor(world, shopKey, "ann")).toBe("201");
    expect(await startFor(world, shopKey, "bob")).toBe("429 rate_limited");
    expect(await startFor(world, bankKey, "ann")).toBe("429 rate_limited");
  });

  it("ends all its own locks of a number, in any spelling of it", async () => {
    const world = await lockWorld();
    for (const user of ["ann", "bob"]) await lockUser(world, shopKey, user);
    await lockUser(world, bankKey, "ann");
    await lockStrangers(world);
    expect(await resetAs(world, shopKey, { to: "+1 (201) 555-0123" })).toBe("204");
    expect(await startFor(world, shopKey, "ann")).toBe("201");
    expect(await startFor(world, shopKey, "bob")).toBe("201");
    expect(await startFor(world, bankKey, "ann")).toBe("429 rate_limited");
    expect(await startAnonymous(world)).toBe("429 rate_limited");
  });

  it("gets no additional texts by a reset", async () => {
    const world = await lockWorld({ LIMIT_SEND_PER_PHONE: "2/10m" });
    for (let sends = 0; sends < 2; sends += 1) await startFor(world, shopKey, "ann");
    expect(await resetAs(world, shopKey, { to })).toBe("204");
    expect(await startFor(world, shopKey, "ann")).toBe("429 rate_limited");
  });

  it("learns nothing of a number, and stores nothing", async () => {
    const world = await lockWorld();
    expect(await resetAs(world, shopKey, { to, subject: "ann" })).toBe("204");
    const ledgers = await listDurableObjectIds(bindings.PHONE_LEDGER);
    const kept = ledgers.map((id) =>
      runInDurableObject(bindings.PHONE_LEDGER.get(id), (_, { storage }) => [...storage.kv.list()]),
    );
    expect((await Promise.all(kept)).flat()).toEqual([]);
  });
});

describe("the operator", () => {
  it("gives strangers ten more attempts, once in 24 hours", async () => {
    const world = await lockWorld();
    await lockStrangers(world);
    expect((await resetClass(world, "anonymous")).status).toBe(204);
    await lockStrangers(world);
    world.clock.nowMs += minuteMs;
    const refused = await resetClass(world, "anonymous");
    expect(refused.headers.get("Retry-After")).toBe(String((dayMs - minuteMs) / 1000));
    expect(await kindOf(refused)).toBe("429 rate_limited");
    expect(await startAnonymous(world)).toBe("429 rate_limited");
    world.clock.nowMs += dayMs;
    expect((await resetClass(world, "anonymous")).status).toBe(204);
  });

  it("ends the locks of all clients, not those of strangers", async () => {
    const world = await lockWorld();
    await lockStrangers(world);
    await lockUser(world, shopKey, "ann");
    await lockUser(world, bankKey, "bob");
    expect((await resetClass(world, "service")).status).toBe(204);
    expect(await startFor(world, shopKey, "ann")).toBe("201");
    expect(await startFor(world, bankKey, "bob")).toBe("201");
    expect(await startAnonymous(world)).toBe("429 rate_limited");
  });
});

describe.each([
  ["client", clientPath, { to }],
  ["operator", operatorPath, { to, class: "service" }],
])("the route of the %s", (route, path, body) => {
  const allowed = asBackend(route === "client" ? shopKey : adminKey);
  const other = asBackend(route === "client" ? adminKey : shopKey);

  it.each([
    ["without a key", {}, "401 invalid_service_key"],
    ["with a wrong key", asBackend(`sk_${"x".repeat(43)}`), "401 invalid_service_key"],
    ["with a key that is not for it", other, "403 insufficient_scope"],
  ])("%s is refused before its body is looked at", async (_name, headers, ending) => {
    const world = await lockWorld();
    await lockUser(world, shopKey, "ann");
    expect(await kindOf(await world.post(path, body, headers))).toBe(ending);
    expect(await kindOf(await world.post(path, { nothing: true }, headers))).toBe(ending);
    expect(await startFor(world, shopKey, "ann")).toBe("429 rate_limited");
  });

  it.each([
    ["no number", { to: undefined }, "400 invalid_request"],
    ["an unknown field", { sends: true }, "400 invalid_request"],
    ["a subject that is none", { subject: "usr_1", class: undefined }, "400 invalid_request"],
    ["a class that is none", { class: "strangers" }, "400 invalid_request"],
    ["what is no number", { to: "hello" }, "422 invalid_phone_number"],
    ["a number of no served country", { to: "+447400123456" }, "422 unsupported_country"],
  ])("with %s is %s", async (_name, change, ending) => {
    const world = await lockWorld({ ALLOWED_COUNTRIES: "US" });
    expect(await kindOf(await world.post(path, { ...body, ...change }, allowed))).toBe(ending);
  });

  it.each(["GET", "PUT", "DELETE"])("is 405 for %s", async (method) => {
    const answer = await (await lockWorld()).send(path, { method, headers: allowed });
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "POST"]);
  });

  it("is logged with the acting client and the masked number only", async () => {
    const world = await lockWorld();
    await world.post(path, body, allowed);
    expect(logged(world, "locks.reset")).toMatchObject([
      {
        class: "service",
        by: route,
        client_id: route === "client" ? "shop" : "ops",
        to: "+1•••••0123",
      },
    ]);
    expect(world.lines.join("\n")).not.toContain("2015550123");
  });

  it.each(allFailures)("is 503 if the ledger fails (%s), and is applied once", async (how) => {
    const world = await lockWorld();
    const store = failing("PHONE_LEDGER.resetLocks", how);
    Object.assign(world.settings, store.bindings);
    expect(await kindOf(await world.post(path, body, allowed))).toBe("503 store_unavailable");
    expect(store.calls()).toBe(1);
    expect(logged(world, "locks.reset")).toEqual([]);
  });
});
