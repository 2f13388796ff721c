import {
  createExecutionContext,
  listDurableObjectIds,
  runDurableObjectAlarm,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { patienceMs } from "../src/ledger/waiting-room.ts";
import { ledgerArrivals } from "./helpers/arrivals.ts";
import { asBackend, bankKey, createBackendWorld } from "./helpers/backend.ts";
import { holdTimers } from "./helpers/held-timers.ts";
import { engines, from, inParallel, kindOf, tally, textsAskedFor } from "./helpers/racing.ts";
import { interceptedBindings, turns } from "./helpers/recorder.ts";
import { signIn } from "./helpers/session.ts";
import { createWorld, workerOrigin, wrong, type World } from "./helpers/world.ts";

const to = "+12015550123";
const another = "+12015550124";
const key = "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e5f";
const otherKey = "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e60";
const transfer = {
  to,
  purpose: "transaction",
  subject: "user-42",
  amr: ["pwd"],
  transaction: { payee: "ACME Ltd", amount: "10.00 EUR" },
};
const minuteMs = 60_000;
const pages = { ALLOWED_ORIGINS: "https://one.example,https://two.example" };

const startWith = (world: World, body: Record<string, unknown>, headers: Record<string, string>) =>
  world.post("/v1/verifications", body, headers);
const named = (name: string, more: Record<string, string> = {}) => ({
  "Idempotency-Key": name,
  ...more,
});
const idOf = async (answer: Response) => (await answer.json<{ id: string }>()).id;

/** A start that resolves with the answer, before its background work is done. */
async function requestAlone(world: World, answered: () => void): Promise<Response> {
  const context = createExecutionContext();
  const headers = { "Content-Type": "application/json", ...named(key) };
  const init = { method: "POST", headers, body: JSON.stringify({ to }) };
  const request = new Request(`${workerOrigin}/v1/verifications`, init);
  const answer = await world.app.fetch(request, world.settings, context);
  answered();
  await waitOnExecutionContext(context);
  return answer;
}

async function codeFor(world: World): Promise<string> {
  const [newest] = await world.inbox(to);
  if (newest === undefined) throw new Error("no message arrived");
  return newest.code;
}

describe("the retry of a start that waits for its turn", () => {
  /** A start is in flight. A stranger's start waits with its retry, then a known device's start. */
  async function behind(world: World, ledger: ReturnType<typeof ledgerArrivals>) {
    const { device_token } = await signIn(world, to);
    world.clock.nowMs += 10 * minuteMs;
    const startIn = (locale: string, more: Record<string, unknown>, headers = {}) =>
      ledger.arrives(() => startWith(world, { to, locale, ...more }, headers));
    const first = await startIn("de", {});
    const waiting = [
      await startIn("fr", {}, named(key, from(1))),
      await startIn("fr", {}, named(key, from(1))),
      await startIn("nl", { device_tokens: [device_token] }, from(2)),
    ];
    return [first, ...waiting].map(({ answer }) => answer);
  }

  it("has no priority: a known device is served before it", async () => {
    const ledger = ledgerArrivals();
    const locales: unknown[] = [];
    const gate = Promise.withResolvers<void>();
    const world = await createWorld({
      env: ledger.bindings,
      network: async (request, twin) => {
        const form = new URLSearchParams(await request.clone().text());
        if (form.has("Locale")) locales.push(form.get("Locale"));
        if (form.get("Locale") === "de") await gate.promise;
        return twin(request);
      },
    });
    holdTimers();
    const answers = await behind(world, ledger);
    gate.resolve();
    expect(await tally(await Promise.all(answers))).toEqual({ "201": 4 });
    expect(locales).toEqual(["de", "nl", "fr"]);
  });
});

describe.each(engines)("an Idempotency-Key, engine $engine", ({ env: settings }) => {
  const createWorldOf = (more: Record<string, unknown> = {}) =>
    createWorld({ env: { ...settings, ...pages, ...more } });

  it("with the same body answers 201 with the same verification, and sends and spends nothing", async () => {
    const limits = { LIMIT_SEND_PER_PHONE: "1/10m", LIMIT_SEND_TOTAL: "2/1d" };
    const world = await createWorldOf(limits);
    const first = await startWith(world, { to }, named(key));
    expect(first.status).toBe(201);
    const verification = await first.json<{ id: string }>();
    for (let count = 0; count < 3; count += 1) {
      const again = await startWith(world, { to }, named(key));
      expect(again.status).toBe(201);
      expect(await again.json()).toEqual(verification);
      expect(again.headers.get("Location")).toBe(first.headers.get("Location"));
    }
    expect(textsAskedFor(world)).toHaveLength(1);
    expect(await world.inbox(to)).toHaveLength(1);
    // The day's budget is two sends.
    expect((await startWith(world, { to: another }, {})).status).toBe(201);
  });

  it("accepts another spelling of the number, and explicit defaults, as the same body", async () => {
    const world = await createWorldOf();
    expect((await startWith(world, { to }, named(key))).status).toBe(201);
    const spelled = { to: "(201) 555-0123", country: "us", channel: "sms", purpose: "sign_in" };
    expect((await startWith(world, spelled, named(key))).status).toBe(201);
    expect(textsAskedFor(world)).toHaveLength(1);
  });

  it("in thirty parallel starts of strangers sends one text: three wait for its answer, and the others get 429", async () => {
    const world = await createWorldOf();
    holdTimers();
    const answers = await inParallel(30, (index) =>
      startWith(world, { to }, named(key, from(index))),
    );
    const counts = await tally(answers.map((answer) => answer.clone()));
    const { "201": started = 0, ...refusals } = counts;
    expect(started).toBeGreaterThanOrEqual(4);
    expect(refusals).toEqual({ "429 rate_limited": 30 - started });
    expect(textsAskedFor(world)).toHaveLength(1);
    expect(await world.inbox(to)).toHaveLength(1);
    const ids = await Promise.all(answers.filter(({ ok }) => ok).map(idOf));
    expect(new Set(ids).size).toBe(1);
    const path = `/v1/verifications/${ids[0]}/check`;
    expect((await world.post(path, { code: await codeFor(world) })).status).toBe(200);
  });

  it("whose first request is in flight for longer than a retry waits answers 429 with Retry-After, and then 201", async () => {
    const [asking, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const world = await createWorld({
      env: settings,
      network: async (request, twin) => {
        asking.resolve();
        await gate.promise;
        return twin(request);
      },
    });
    const timers = holdTimers();
    const first = startWith(world, { to }, named(key));
    await asking.promise;
    const retry = startWith(world, { to }, named(key));
    await timers.expireNext(patienceMs);
    const meanwhile = await retry;
    expect(meanwhile.headers.get("Retry-After")).toBe("5");
    expect(await kindOf(meanwhile)).toBe("429 rate_limited");
    gate.resolve();
    expect((await first).status).toBe(201);
    expect((await startWith(world, { to }, named(key))).status).toBe(201);
    expect(textsAskedFor(world)).toHaveLength(1);
  });

  it.each([{ locale: "de" }, { locale: "pt-BR" }])(
    "with another body for that number is 422 idempotency_key_reused: %j",
    async (more) => {
      const world = await createWorldOf();
      expect((await startWith(world, { to }, named(key))).status).toBe(201);
      expect(await kindOf(await startWith(world, { to, ...more }, named(key)))).toBe(
        "422 idempotency_key_reused",
      );
      expect(textsAskedFor(world)).toHaveLength(1);
      expect((await startWith(world, { to, ...more }, named(otherKey))).status).toBe(201);
    },
  );

  it.each([
    { transaction: { payee: "ACME Ltd", amount: "10.01 EUR" } },
    { subject: "user-43" },
    { amr: ["otp"] },
  ])("with another field of the app's backend is 422 idempotency_key_reused: %j", async (more) => {
    const world = await createBackendWorld(settings);
    const headers = named(key, asBackend(bankKey));
    const first = await startWith(world, transfer, headers);
    expect(first.status).toBe(201);
    const other = await startWith(world, { ...transfer, ...more }, headers);
    expect(await kindOf(other)).toBe("422 idempotency_key_reused");
    expect(await idOf(await startWith(world, transfer, headers))).toBe(await idOf(first));
    expect(textsAskedFor(world)).toHaveLength(1);
  });

  it("for another number is a new request", async () => {
    const world = await createWorldOf();
    const first = await startWith(world, { to }, named(key));
    const second = await startWith(world, { to: another }, named(key));
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await world.inbox(to)).toHaveLength(1);
    expect(await world.inbox(another)).toHaveLength(1);
  });

  it("of another origin is another key: its answer reveals nothing of the first request", async () => {
    const world = await createWorldOf();
    const at = (origin: string) => named(key, { Origin: origin });
    const first = await idOf(await startWith(world, { to }, at("https://one.example")));
    for (const headers of [at("https://two.example"), named(key)]) {
      const other = await startWith(world, { to, locale: "fr" }, headers);
      expect(other.status).toBe(201);
      await world.send(`/v1/verifications/${await idOf(other)}`, { method: "DELETE" });
    }
    expect(textsAskedFor(world)).toHaveLength(3);
    const view = await world.send(`/v1/verifications/${first}`);
    expect(await view.json()).toMatchObject({ status: "pending" });
  });

  it.each([
    "",
    "short",
    "a".repeat(21),
    "a".repeat(256),
    `${key} `.repeat(2),
    `${key}%0a`,
    `"${key}"`,
  ])("%j is 400 and nothing is sent", async (bad) => {
    const world = await createWorldOf();
    const answer = await startWith(world, { to }, named(bad));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: "invalid_request",
      errors: [{ path: "Idempotency-Key" }],
    });
    expect(world.outgoing).toHaveLength(0);
  });

  it.each(["a".repeat(22), "a".repeat(255), "-_".repeat(11)])("%j is accepted", async (good) => {
    const world = await createWorldOf();
    expect((await startWith(world, { to }, named(good))).status).toBe(201);
  });

  it("can be used again after a send that Twilio refused, with another body too", async () => {
    const world = await createWorldOf();
    await world.fault({ count: 1, status: 403, code: 60410 });
    expect((await startWith(world, { to }, named(key))).status).toBe(422);
    expect((await startWith(world, { to, locale: "de" }, named(key))).status).toBe(201);
    expect(await world.inbox(to)).toHaveLength(1);
  });

  it("can be used again after a refusal of the number's, the address's or the day's limit", async () => {
    const world = await createWorldOf({ LIMIT_SEND_PER_PHONE: "1/10m", LIMIT_SEND_TOTAL: "2/1d" });
    expect((await startWith(world, { to }, named(key))).status).toBe(201);
    expect((await startWith(world, { to }, named(otherKey))).status).toBe(429);
    expect((await startWith(world, { to: another }, {})).status).toBe(201);
    expect((await startWith(world, { to: "+12015550125" }, named(otherKey))).status).toBe(503);
    world.clock.nowMs += 24 * 60 * minuteMs;
    expect((await startWith(world, { to }, named(otherKey))).status).toBe(201);
    expect((await startWith(world, { to: "+12015550125" }, named(otherKey))).status).toBe(201);
  });

  it("after a lost answer of Twilio is 503 and sends nothing, now and later; another key starts a new verification", async () => {
    const world = await createWorldOf();
    await world.fault({ count: 1, status: 500, processed: true });
    expect(await kindOf(await startWith(world, { to }, named(key)))).toBe(
      "503 provider_unavailable",
    );
    for (const waitMs of [0, minuteMs, 20 * minuteMs]) {
      world.clock.nowMs += waitMs;
      expect(await kindOf(await startWith(world, { to }, named(key)))).toBe(
        "503 provider_unavailable",
      );
    }
    expect(textsAskedFor(world)).toHaveLength(1);
    expect((await startWith(world, { to }, named(otherKey))).status).toBe(201);
  });

  it("is answered 201 only once a retry gets 201 too: an earlier retry waits, and sends nothing", async () => {
    const [holding, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const bindings = interceptedBindings(async ({ name, run }) => {
      if (name === "PHONE_LEDGER.settleSend") {
        holding.resolve();
        await gate.promise;
      }
      return run();
    });
    const world = await createWorldOf(bindings);
    const timers = holdTimers();
    const answered: string[] = [];
    const first = requestAlone(world, () => void answered.push("first"));
    await holding.promise;
    const retry = requestAlone(world, () => void answered.push("retry"));
    await timers.untilSet(patienceMs);
    await turns(20);
    expect(answered).toEqual([]);
    gate.resolve();
    const [answer, again] = await Promise.all([first, retry]);
    expect([answer.status, again.status]).toEqual([201, 201]);
    expect(await idOf(again)).toBe(await idOf(answer));
    expect(textsAskedFor(world)).toHaveLength(1);
  });

  it("whose start could not be stored is 503: retries get 429 for half a minute, then 503, and send nothing", async () => {
    let isDown = true;
    const bindings = interceptedBindings(({ name, run }) =>
      isDown && name === "PHONE_LEDGER.settleSend" ? Promise.reject(new Error("down")) : run(),
    );
    const world = await createWorldOf(bindings);
    const again = () => startWith(world, { to }, named(key));
    expect(await kindOf(await again())).toBe("503 store_unavailable");
    isDown = false;
    const timers = holdTimers();
    const retry = again();
    await timers.expireNext(patienceMs);
    expect(await kindOf(await retry)).toBe("429 rate_limited");
    world.clock.nowMs += 31_000;
    expect(await kindOf(await again())).toBe("503 provider_unavailable");
    expect(textsAskedFor(world)).toHaveLength(1);
  });

  it("replayed after the verification ended sends nothing and opens no session, for every ending", async () => {
    const ends: Record<string, (world: World, path: string, code: string) => Promise<unknown>> = {
      verification_used: (world, path, code) => world.post(`${path}/check`, { code }),
      verification_canceled: (world, path) => world.send(path, { method: "DELETE" }),
      verification_exhausted: async (world, path, code) => {
        for (let guess = 0; guess < 5; guess += 1)
          await world.post(`${path}/check`, { code: wrong(code) });
      },
      verification_expired: async (world) => {
        world.clock.nowMs += 10 * minuteMs;
      },
    };
    for (const [problem, end] of Object.entries(ends)) {
      const world = await createWorldOf();
      const path = `/v1/verifications/${await idOf(await startWith(world, { to }, named(key)))}`;
      const code = await codeFor(world);
      await end(world, path, code);
      const replay = await startWith(world, { to }, named(key));
      expect(replay.status).toBe(201);
      const text = await replay.clone().text();
      expect(text).not.toContain(code);
      expect(text).not.toMatch(/token|session|usr_/);
      const replayed = `/v1/verifications/${await idOf(replay)}`;
      expect(await kindOf(await world.post(`${replayed}/check`, { code }))).toBe(`410 ${problem}`);
      expect(await kindOf(await world.post(`${replayed}/resend`, {}))).toBe(`410 ${problem}`);
      expect(textsAskedFor(world)).toHaveLength(1);
    }
  });

  it("is deleted with its verification, a day after the end", async () => {
    const world = await createWorldOf();
    expect((await startWith(world, { to }, named(key))).status).toBe(201);
    world.clock.nowMs += 25 * 60 * minuteMs;
    for (const id of await listDurableObjectIds(env.PHONE_LEDGER))
      await runDurableObjectAlarm(env.PHONE_LEDGER.get(id));
    expect((await startWith(world, { to }, named(key))).status).toBe(201);
    expect(textsAskedFor(world)).toHaveLength(2);
  });
});
