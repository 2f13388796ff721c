import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { createWorld, start, type World } from "../helpers/world.ts";

const to = (index: number) => `+120155501${String(index).padStart(2, "0")}`;
const startFrom = (world: World, address: string | undefined, index: number) =>
  world.send("/v1/verifications", {
    method: "POST",
    headers: { "Content-Type": "application/json", "CF-Connecting-IP": address ?? "" },
    body: JSON.stringify({ to: to(index) }),
  });
const statuses = async (world: World, addresses: readonly (string | undefined)[]) => {
  const seen: number[] = [];
  for (const [index, address] of addresses.entries())
    seen.push((await startFrom(world, address, index)).status);
  return seen;
};

describe("windows per address", () => {
  it("the eleventh send in an hour is 429 with the policy, the rest of the limit and its reset", async () => {
    const world = await createWorld();
    expect(await statuses(world, Array<string>(10).fill("203.0.113.5"))).toEqual(
      Array<number>(10).fill(201),
    );
    world.clock.nowMs += 600_000;
    const sent = world.outgoing.length;
    const answer = await startFrom(world, "203.0.113.5", 10);
    expect(answer.status).toBe(429);
    expect(await answer.json()).toMatchObject({
      code: "rate_limited",
      policy: "send-per-address-3600s",
    });
    expect(answer.headers.get("Retry-After")).toBe("3000");
    expect(answer.headers.get("RateLimit")).toBe('"send-per-address-3600s";r=0;t=3000');
    expect(answer.headers.get("RateLimit-Policy")).toBe('"send-per-address-3600s";q=10;w=3600');
    expect(world.outgoing).toHaveLength(sent);
    expect((await startFrom(world, "203.0.113.6", 11)).status).toBe(201);
    world.clock.nowMs += 3_000_000;
    expect((await startFrom(world, "203.0.113.5", 12)).status).toBe(201);
  });

  it("checks have their own window", async () => {
    const world = await createWorld({ env: { LIMIT_CHECK_PER_IP: "2/1h" } });
    const { id } = await start(world, to(1));
    const check = () => world.post(`/v1/verifications/${id}/check`, { code: "000000" });
    const seen = [];
    for (let tries = 0; tries < 5; tries += 1) seen.push((await check()).status);
    // The third check fills the window and is still processed.
    expect(seen).toEqual([422, 422, 422, 429, 429]);
    expect((await startFrom(world, "198.51.100.7", 2)).status).toBe(201);
  });

  it("resends count as sends", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_IP: "2/1h" } });
    const { id } = await start(world, to(1));
    world.clock.nowMs += 30_000;
    expect((await world.post(`/v1/verifications/${id}/resend`, {})).status).toBe(200);
    world.clock.nowMs += 40_000;
    const answer = await world.post(`/v1/verifications/${id}/resend`, {});
    expect(answer.status).toBe(429);
    expect(await answer.json()).toMatchObject({ policy: "send-per-address-3600s" });
  });

  it("one IPv6 /64 is one address, ::ffff: is IPv4, and no address is one shared bucket", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_IP: "1/1h" } });
    const seen = await statuses(world, [
      "2001:db8:1:2::1",
      "2001:db8:1:2:ffff::9",
      "2001:db8:1:3::1",
      "192.0.2.9",
      "::ffff:192.0.2.9",
      undefined,
      "not an address",
    ]);
    expect(seen).toEqual([201, 429, 201, 201, 429, 201, 429]);
  });

  it("no header except CF-Connecting-IP changes a caller's bucket", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_IP: "1/1h" } });
    const seen: number[] = [];
    for (const name of ["X-Forwarded-For", "X-Real-IP", "True-Client-IP", "Forwarded"])
      seen.push(
        (await world.post("/v1/verifications", { to: to(1) }, { [name]: "9.9.9.9" })).status,
      );
    expect(seen).toEqual([201, 429, 429, 429]);
  });

  it("one key per address holds all its windows, contains no address, and expires with the last window", async () => {
    vi.useRealTimers();
    // KV expires a key by the real clock.
    const startedAtSeconds = Date.now() / 1000;
    const world = await createWorld();
    const { id } = await start(world, to(1));
    await world.post(`/v1/verifications/${id}/check`, { code: "000000" });
    const { keys } = await env.LIMITS.list();
    expect(keys).toHaveLength(1);
    expect(keys[0]?.name).toMatch(/^address:[\w-]{43}$/);
    const livesSeconds = Number(keys[0]?.expiration) - startedAtSeconds;
    expect(livesSeconds).toBeGreaterThan(86_390);
    expect(await env.LIMITS.get(String(keys[0]?.name), "json")).toEqual({
      send: {
        3600: { startedAtMs: world.clock.nowMs, count: 1 },
        86400: { startedAtMs: world.clock.nowMs, count: 1 },
      },
      check: { 3600: { startedAtMs: world.clock.nowMs, count: 1 } },
      countries: { US: world.clock.nowMs },
    });
  });

  it("lives for at least the minute that KV requires", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_IP: "5/10s" } });
    await start(world, to(1));
    expect((await env.LIMITS.list()).keys).toHaveLength(1);
    expect(world.lines.join()).not.toContain("store.failed");
  });
});

describe("the order and number of calls", () => {
  /** Returns the real KV, with every call recorded. */
  function watched() {
    const calls: string[] = [];
    const kv = {
      get: (...parameters: Parameters<KVNamespace["get"]>) => {
        calls.push("kv.get");
        return env.LIMITS.get(...parameters);
      },
      put: (...parameters: Parameters<KVNamespace["put"]>) => {
        calls.push("kv.put");
        return env.LIMITS.put(...parameters);
      },
    };
    const network = async (request: Request, twin: typeof fetch) => {
      calls.push("twilio");
      return twin(request);
    };
    return { calls, kv, network };
  }

  it("a send and a check read KV once and call Twilio once, and the write delays no answer", async () => {
    const { calls, kv, network } = watched();
    const world = await createWorld({ env: { LIMITS: kv }, network });
    const { id, code } = await start(world, to(1));
    expect(calls).toEqual(["kv.get", "kv.put", "twilio"]);
    calls.length = 0;
    expect((await world.post(`/v1/verifications/${id}/check`, { code })).status).toBe(200);
    // The write happens after the check, because it depends on the result.
    expect(calls).toEqual(["kv.get", "twilio", "kv.put"]);
  });

  it("a refused request writes nothing and calls no other server", async () => {
    const { calls, kv, network } = watched();
    const world = await createWorld({ env: { LIMITS: kv, LIMIT_SEND_PER_IP: "1/1h" }, network });
    await start(world, to(1));
    calls.length = 0;
    expect((await startFrom(world, "198.51.100.7", 2)).status).toBe(429);
    expect(calls).toEqual(["kv.get"]);
  });

  it("the answer does not wait for the write", async () => {
    const never = new Promise<void>(() => undefined);
    const kv = { get: () => Promise.resolve(null), put: () => never };
    const { createApp } = await import("../../src/app.ts");
    const world = await createWorld();
    const context = { waitUntil: () => undefined, passThroughOnException: () => undefined };
    const app = createApp({
      fetch: (input, init) => world.twin.fetch(new Request(input, init)),
      now: () => world.clock.nowMs,
    });
    const request = new Request("http://127.0.0.1:8787/v1/verifications", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ to: to(1) }),
    });
    const settings = { ...world.settings, LIMITS: kv };
    const answer = await app.fetch(request, settings, context as unknown as ExecutionContext);
    expect(answer.status).toBe(201);
  });
});

describe("when KV fails", () => {
  const failing = (failure: () => Promise<never>) => ({ get: failure, put: failure });
  it.each([
    ["rejects", () => Promise.reject(new Error("KV is down"))],
    [
      "throws",
      () => {
        throw new Error("KV is down");
      },
    ],
  ])("and %s, a sign-in continues and the failure is logged", async (_, failure) => {
    const world = await createWorld({ env: { LIMITS: failing(failure) } });
    const { id, code } = await start(world, to(1));
    expect((await world.post(`/v1/verifications/${id}/check`, { code })).status).toBe(200);
    const events = world.lines.filter((line) => line.includes('"store.failed"'));
    expect(events.length).toBeGreaterThanOrEqual(4);
    expect(events.join()).not.toContain("KV is down");
  });

  it.each(["nonsense", "[]", '{"send":7}', '{"send":{"x":1},"check":{}}', "null"])(
    "and contains %j, counting starts again",
    async (value) => {
      const kv = {
        get: () => {
          try {
            return Promise.resolve(JSON.parse(value) as unknown);
          } catch (error) {
            return Promise.reject(error);
          }
        },
        put: () => Promise.resolve(),
      };
      const world = await createWorld({ env: { LIMITS: kv } });
      expect((await startFrom(world, "203.0.113.5", 1)).status).toBe(201);
    },
  );
});
