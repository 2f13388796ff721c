import { listDurableObjectIds, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { bankKey, checkAs, createBackendWorld, startAs } from "./helpers/backend.ts";
import { engines, from, kindOf } from "./helpers/racing.ts";
import { interceptedBindings } from "./helpers/recorder.ts";
import { bearer, signIn, type Session } from "./helpers/session.ts";
import { TWIN_TURNSTILE_SECRET, TWIN_TURNSTILE_SITE_KEY } from "../src/twin/seed.ts";
import { createWorld, start, twinOrigin, wrong, type World } from "./helpers/world.ts";

const to = "+12015550123";
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const startWith = (world: World, device_token?: string, number = to, index = 250) =>
  world.post(
    "/v1/verifications",
    { to: number, ...(device_token && { device_tokens: [device_token] }) },
    from(index),
  );

/** Strangers use up the anonymous limits of the number: its window, and ten wrong codes. */
async function lock(world: World): Promise<void> {
  for (const index of [0, 1]) {
    const { id, code } = await start(world, to);
    for (let guess = 0; guess < 5; guess += 1)
      await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) }, from(index));
    world.clock.nowMs += 10 * minuteMs;
  }
  expect(await kindOf(await startWith(world))).toBe("429 rate_limited");
}

describe.each(engines)("engine $engine: strangers who lock a number", ({ env: settings }) => {
  it("stop neither a caller with its device token, nor a session of the number", async () => {
    const world = await createWorld({ env: settings });
    const session = await signIn(world, to);
    await lock(world);
    const started = await startWith(world, session.device_token);
    expect(started.status).toBe(201);
    const { id } = await started.json<{ id: string }>();
    const [text] = await world.inbox(to);
    const approved = await world.post(`/v1/verifications/${id}/check`, { code: text?.code });
    expect(approved.status).toBe(200);
    const refreshed = await world.post("/v1/sessions/refresh", {
      refresh_token: session.refresh_token,
    });
    expect(refreshed.status).toBe(200);
    const headers = bearer(await refreshed.json<Session>());
    expect((await world.send("/v1/sessions/current", { headers })).status).toBe(200);
  });

  it("stop a caller with a device token of another number, and one with an invalid device token", async () => {
    const world = await createWorld({ env: settings });
    const other = await signIn(world, "+12015550124");
    await lock(world);
    const sealed = other.device_token.slice(4);
    for (const token of [other.device_token, "dev_AAAA", "x", `vrf_${sealed}`, `dev_${sealed}A`])
      expect(await kindOf(await startWith(world, token))).toBe("429 rate_limited");
  });
});

describe("a device token", () => {
  it("has limits of its own: its holder's sends do not use up the strangers' limits, nor the reverse", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_PHONE: "2/1d" } });
    const { device_token } = await signIn(world, to);
    expect((await startWith(world)).status).toBe(201);
    expect((await startWith(world)).status).toBe(429);
    expect((await startWith(world, device_token)).status).toBe(201);
    expect((await startWith(world, device_token)).status).toBe(201);
    expect((await startWith(world, device_token)).status).toBe(429);
  });

  it("without spared sends left does not pass a full prefix", async () => {
    const world = await createWorld({ env: { GUARD_RECORD: "" } });
    const { device_token } = await signIn(world, to);
    // Strangers fill the prefix.
    for (const index of [1, 2, 3]) await startWith(world, undefined, `+1201555013${index}`, index);
    const known = async () => kindOf(await startWith(world, device_token));
    const kinds = [await known(), await known(), await known(), await known()];
    expect(kinds).toEqual(["201", "201", "201", "429 rate_limited"]);
  });

  it("that is invalid is ignored: the start continues as a stranger's", async () => {
    const world = await createWorld();
    expect((await startWith(world, "dev_nonsense")).status).toBe(201);
  });

  it("spares its holder three sends without a right code; then its holder is a stranger until a code is right", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_PHONE: "4/10m" } });
    const { device_token } = await signIn(world, to);
    // Strangers use up their limits: from now on only a known caller's send can leave.
    for (let sends = 0; sends < 3; sends += 1) expect((await startWith(world)).status).toBe(201);
    const statuses: number[] = [];
    for (let sends = 0; sends < 4; sends += 1)
      statuses.push((await startWith(world, device_token)).status);
    expect(statuses).toEqual([201, 201, 201, 429]);
    world.clock.nowMs += 10 * minuteMs;
    const renewed = await signIn(world, to, { start: { device_tokens: [device_token] } });
    const startNow = async (token?: string) => (await startWith(world, token, to, 251)).status;
    for (let sends = 0; sends < 3; sends += 1) expect(await startNow()).toBe(201);
    expect(await startNow()).toBe(429);
    expect(await startNow(renewed.device_token)).toBe(201);
    expect(await startNow(device_token)).toBe(201);
  });

  it("without spared sends left does not pass the captcha that all callers are asked for", async () => {
    const captcha = {
      TURNSTILE: "always",
      TURNSTILE_SITE_KEY: TWIN_TURNSTILE_SITE_KEY,
      TURNSTILE_SECRET: TWIN_TURNSTILE_SECRET,
      TURNSTILE_BASE_URL: twinOrigin,
    };
    const world = await createWorld();
    const { device_token } = await signIn(world, to);
    const asking = await createWorld({ env: { ...world.settings, ...captcha } });
    const kinds: string[] = [];
    for (let sends = 0; sends < 4; sends += 1)
      kinds.push(await kindOf(await startWith(asking, device_token)));
    expect(kinds).toEqual(["201", "201", "201", "403 captcha_required"]);
  });

  it("is accepted among three tokens of which the others are wrong", async () => {
    const world = await createWorld();
    const { device_token } = await signIn(world, to);
    const other = await signIn(world, "+12015550124");
    await lock(world);
    const startWithAll = (device_tokens: string[]) =>
      world.post("/v1/verifications", { to, device_tokens }, from(250));
    const all = ["dev_nonsense", other.device_token, device_token];
    expect(await kindOf(await startWithAll(all.slice(0, 2)))).toBe("429 rate_limited");
    expect((await startWithAll(all)).status).toBe(201);
    expect(await kindOf(await startWithAll([...all, device_token]))).toBe("400 invalid_request");
  });

  it("keeps the part before the dot when a sign-in or a step-up renews it", async () => {
    const world = await createWorld({ env: { PURPOSES: "sign_in,step_up" } });
    const first = await signIn(world, to);
    const deviceOf = (token: string) => token.split(".")[0];
    const device_tokens = [first.device_token];
    const again = await signIn(world, to, { start: { device_tokens } });
    expect(again.device_token).not.toBe(first.device_token);
    expect(deviceOf(again.device_token)).toBe(deviceOf(first.device_token));
    const body = { purpose: "step_up", device_tokens };
    const started = await world.post("/v1/verifications", body, bearer(again));
    const { id } = await started.json<{ id: string }>();
    const [text] = await world.inbox(to);
    const path = `/v1/verifications/${id}/check`;
    const raised = await world.post(path, { code: text?.code }, bearer(again));
    const { device_token } = await raised.json<{ device_token: string }>();
    expect(deviceOf(device_token)).toBe(deviceOf(first.device_token));
    expect(deviceOf((await signIn(world, to)).device_token)).not.toBe(deviceOf(device_token));
  });

  it("with the name of another device is invalid", async () => {
    const world = await createWorld();
    const [one, two] = [await signIn(world, to), await signIn(world, to)];
    await lock(world);
    const [name] = one.device_token.split(".");
    const [, sealed] = two.device_token.split(".");
    expect(await kindOf(await startWith(world, `${name}.${sealed}`))).toBe("429 rate_limited");
    expect((await startWith(world, two.device_token)).status).toBe(201);
  });

  it("is valid for ninety days, to the millisecond, also after the ledger was pruned", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_PHONE: "1/1d" } });
    const { device_token } = await signIn(world, to);
    const prune = async () => {
      const [id] = await listDurableObjectIds(env.PHONE_LEDGER);
      if (id !== undefined) await runDurableObjectAlarm(env.PHONE_LEDGER.get(id));
    };
    for (let days = 0; days < 89; days += 1) {
      world.clock.nowMs += dayMs;
      await prune();
    }
    world.clock.nowMs += dayMs - 1;
    // A stranger has just used up the strangers' limits.
    expect((await startWith(world)).status).toBe(201);
    expect((await startWith(world)).status).toBe(429);
    expect((await startWith(world, device_token)).status).toBe(201);
    world.clock.nowMs += 1;
    expect((await startWith(world, device_token)).status).toBe(429);
  });

  it("is invalid after its ninety days, also while a newer token of the number is valid", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_PHONE: "1/1d" } });
    const old = await signIn(world, to);
    world.clock.nowMs += 60 * dayMs;
    const newer = await signIn(world, to);
    world.clock.nowMs += 30 * dayMs;
    // A stranger has just used up the strangers' limits.
    expect((await startWith(world)).status).toBe(201);
    expect((await startWith(world, old.device_token)).status).toBe(429);
    expect((await startWith(world, newer.device_token)).status).toBe(201);
  });

  it("of each number of a subject is revoked by signing out everywhere", async () => {
    const world = await createBackendWorld({ LIMIT_SEND_PER_PHONE: "1/10m" });
    const numbers = [to, "+12015550124"];
    const sessions: Session[] = [];
    for (const number of numbers) {
      const started = await startAs(world, bankKey, { to: number, subject: "user-42" });
      sessions.push(await (await checkAs(world, started)).json());
    }
    const [one, two] = sessions;
    if (one === undefined || two === undefined) throw new Error("not two sessions");
    const headers = bearer(two);
    expect((await world.send("/v1/sessions", { method: "DELETE", headers })).status).toBe(204);
    for (const [index, { device_token }] of [one, two].entries()) {
      expect((await startWith(world, undefined, numbers[index])).status).toBe(201);
      const known = await startWith(world, device_token, numbers[index]);
      expect(await kindOf(known)).toBe("429 rate_limited");
    }
  });

  it.each(["was signed out alone before", "has expired"])(
    "of a session that %s is forgotten by signing out everywhere at another number",
    async (end) => {
      const world = await createBackendWorld({ LIMIT_SEND_PER_PHONE: "1/10m" });
      const open = async (number: string): Promise<Session> => {
        const started = await startAs(world, bankKey, { to: number, subject: "user-42" });
        return (await checkAs(world, started)).json();
      };
      const gone = await open(to);
      const own = { method: "DELETE", headers: bearer(gone) };
      if (end === "has expired") world.clock.nowMs += 40 * dayMs;
      else expect((await world.send("/v1/sessions/current", own)).status).toBe(204);
      const headers = bearer(await open("+12015550124"));
      expect((await world.send("/v1/sessions", { method: "DELETE", headers })).status).toBe(204);
      expect((await startWith(world)).status).toBe(201);
      expect(await kindOf(await startWith(world, gone.device_token))).toBe("429 rate_limited");
    },
  );

  it("is revoked by signing out everywhere on any device", async () => {
    const world = await createWorld();
    const [phone, laptop] = [await signIn(world, to), await signIn(world, to)];
    const path = "/v1/sessions";
    const answer = await world.send(path, { method: "DELETE", headers: bearer(laptop) });
    expect(answer.status).toBe(204);
    await lock(world);
    for (const { device_token } of [phone, laptop])
      expect(await kindOf(await startWith(world, device_token))).toBe("429 rate_limited");
  });

  it("of a later approval is valid", async () => {
    const world = await createWorld();
    const session = await signIn(world, to);
    await world.send("/v1/sessions", { method: "DELETE", headers: bearer(session) });
    const { device_token } = await signIn(world, to);
    await lock(world);
    expect((await startWith(world, device_token)).status).toBe(201);
  });

  it("survives a retry of an older sign-out everywhere", async () => {
    const world = await createWorld();
    const signOut = async (session: Session) => {
      const headers = bearer(session);
      expect((await world.send("/v1/sessions", { method: "DELETE", headers })).status).toBe(204);
    };
    const first = await signIn(world, to);
    await signOut(first);
    await signOut(await signIn(world, to));
    const { device_token } = await signIn(world, to);
    await signOut(first);
    await lock(world);
    expect((await startWith(world, device_token)).status).toBe(201);
  });

  it("survives signing out of one session", async () => {
    const world = await createWorld();
    const session = await signIn(world, to);
    await world.send("/v1/sessions/current", { method: "DELETE", headers: bearer(session) });
    await lock(world);
    expect((await startWith(world, session.device_token)).status).toBe(201);
  });

  it("is revoked by a retry of the sign-out after the ledger could not be reached", async () => {
    let isDown = true;
    const bindings = interceptedBindings(async ({ name, run }) => {
      if (isDown && name === "PHONE_LEDGER.revokeDevices") throw new Error("down");
      return run();
    });
    const world = await createWorld({ env: bindings });
    const session = await signIn(world, to);
    const signOut = () =>
      world.send("/v1/sessions", { method: "DELETE", headers: bearer(session) });
    expect(await kindOf(await signOut())).toBe("503 store_unavailable");
    isDown = false;
    expect((await signOut()).status).toBe(204);
    await lock(world);
    expect(await kindOf(await startWith(world, session.device_token))).toBe("429 rate_limited");
  });

  it("is no part of an idempotent request: a retry with another token gets the same answer", async () => {
    const world = await createWorld();
    const { device_token } = await signIn(world, to);
    const key = { "Idempotency-Key": crypto.randomUUID() };
    const body = { to, device_tokens: [device_token] };
    const first = await world.post("/v1/verifications", body, key);
    const again = await world.post("/v1/verifications", body, key);
    expect([first.status, again.status]).toEqual([201, 201]);
    const [{ id }, { id: same }] = [
      await first.json<{ id: string }>(),
      await again.json<{ id: string }>(),
    ];
    expect(same).toBe(id);
    expect(await world.inbox(to)).toHaveLength(2);
  });

  it("reveals nothing of its number, and holds its ledger's name sealed", async () => {
    const world = await createWorld();
    const { device_token } = await signIn(world, to);
    const parts = device_token.slice(4).split(".");
    expect(parts).toHaveLength(2);
    for (const part of parts)
      expect(atob(part.replaceAll("-", "+").replaceAll("_", "/"))).not.toContain("2015550123");
  });
});
