import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { openHandle } from "../../src/handles/verification-id.ts";
import { asBackend, createBackendWorld, shopKey } from "../helpers/backend.ts";
import { engines, from } from "../helpers/racing.ts";
import { recordedWorld } from "../helpers/recorder.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import { createWorld, start, wrong, type World } from "../helpers/world.ts";

const peppersOf = async ({ settings, clock }: World) => {
  const outcome = await readConfig(settings, () => clock.nowMs);
  if (outcome.kind !== "ok") throw new Error(outcome.problems.join());
  return outcome.config.peppers;
};

const to = "+12015550199";
const code = "424242";
const tollFree = "+18005550123";
const abroad = "+447400123456";
const TEST_NUMBERS = `${to}:${code}@2035-01-31,${tollFree}:135791@2035-01-31,${abroad}:246802@2035-01-31`;
const path = "/v1/verifications";

async function begin(world: World, body: object, headers = {}) {
  const answer = await world.post(path, body, headers);
  const { id } = await answer.clone().json<{ id: string }>();
  return { answer, id };
}

const check = (world: World, id: string, entered: string, headers = {}) =>
  world.post(`${path}/${id}/check`, { code: entered }, headers);

/** Signs in with the test number. Each from an address of its own, so that no window is full. */
async function signInAsTest(world: World, place = 1): Promise<Session> {
  const { id } = await begin(world, { to }, from(place));
  const answer = await check(world, id, code, from(place));
  expect(answer.status).toBe(200);
  return answer.json();
}

describe.each(engines)("a test number, engine $engine", ({ env: engine }) => {
  const withNumbers = { ...engine, TEST_NUMBERS };

  it("signs in by its code, and nothing is sent", async () => {
    const world = await createWorld({ env: withNumbers });
    const { answer, id } = await begin(world, { to });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toEqual({
      id: expect.stringMatching(/^vrf_/),
      status: "pending",
      purpose: "sign_in",
      to,
      channel: "sms",
      expires_at: "2035-01-02T03:14:05.000Z",
      resend_at: "2035-01-02T03:04:35.000Z",
      resend_in: 30,
      attempts_remaining: 5,
    });
    const session = await (await check(world, id, code)).json<Session>();
    expect(decodeJwt(session.access_token)).toMatchObject({ test: true, acr: "aal1" });
    expect(world.outgoing).toEqual([]);
    expect(world.lines.join("\n")).not.toContain(code);
  });

  it("is judged in its own way: a wrong code, a used one, another verification's", async () => {
    const world = await createWorld({ env: withNumbers });
    const { id } = await begin(world, { to });
    const refused = await check(world, id, wrong(code));
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { code: "wrong_code", attempts_remaining: 4 },
    ]);
    expect((await check(world, id, code)).status).toBe(200);
    expect(await (await check(world, id, code)).json()).toMatchObject({
      code: "verification_used",
    });
    // The code is that number's alone.
    const other = await start(world, "+12015550123");
    expect((await check(world, other.id, code)).status).toBe(422);
  });

  it("is exhausted by five wrong codes, and locked by ten: a new start gives no new guesses", async () => {
    const env10 = { ...withNumbers, LIMIT_SEND_PER_PHONE: "10/10m" };
    const world = await createWorld({ env: env10 });
    const codes: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const { id } = await begin(world, { to }, from(round));
      for (let tries = 0; tries < 5; tries += 1)
        codes.push(
          (await (await check(world, id, wrong(code), from(round))).json<{ code: string }>()).code,
        );
    }
    expect(codes.filter((each) => each === "wrong_code")).toHaveLength(8);
    expect(codes.filter((each) => each === "verification_exhausted")).toHaveLength(2);
    const locked = await begin(world, { to }, from(9));
    expect(locked.answer.status).toBe(429);
  });

  it("has its number's windows and cooldown as others have", async () => {
    const world = await createWorld({ env: { ...withNumbers, LIMIT_SEND_PER_PHONE: "2/10m" } });
    const { id } = await begin(world, { to });
    expect((await world.post(`${path}/${id}/resend`, {})).status).toBe(429);
    world.clock.nowMs += 30_000;
    const again = await world.post(`${path}/${id}/resend`, {});
    expect([again.status, await again.json()]).toMatchObject([200, { to: "+1•••••0199" }]);
    expect((await begin(world, { to }, from(2))).answer.status).toBe(429);
    expect((await check(world, id, code)).status).toBe(200);
    expect(world.outgoing).toEqual([]);
  });

  it("lives no longer than other codes, and no longer than its entry", async () => {
    const ends = { ...engine, TEST_NUMBERS: `${to}:${code}@2035-01-02` };
    const world = await createWorld({ env: ends });
    world.clock.nowMs = Date.parse("2035-01-02T23:58:00Z");
    const { answer, id } = await begin(world, { to });
    expect(await answer.json()).toMatchObject({ expires_at: "2035-01-03T00:00:00.000Z" });
    const early = await begin(world, { to }, from(2));
    const session = await (
      await check(world, early.id, code)
    ).json<Session & { refresh_expires_in: number }>();
    expect(session.refresh_expires_in).toBe(120);
    world.clock.nowMs = Date.parse("2035-01-03T00:00:00Z");
    expect((await check(world, id, code)).status).toBe(410);
    const refresh = { refresh_token: session.refresh_token };
    expect((await world.post("/v1/sessions/refresh", refresh)).status).toBe(401);
  });

  it("is like any other when its entry has ended: a real text with a real code", async () => {
    const ended = { ...engine, TEST_NUMBERS: `${to}:${code}@2035-01-01` };
    const world = await createWorld({ env: ended });
    const started = await start(world, to);
    expect((await check(world, started.id, code)).status).toBe(422);
    const answer = await check(world, started.id, started.code);
    const { access_token } = await answer.json<Session>();
    expect(decodeJwt(access_token)).not.toHaveProperty("test");
  });

  it("spends nothing of the day, and works on a day that is spent", async () => {
    const spent = { ...withNumbers, LIMIT_SEND_TOTAL: "1/1d" };
    const world = await createWorld({ env: spent });
    await signInAsTest(world, 1);
    await start(world, "+12015550123");
    expect((await begin(world, { to: "+12015550124" }, from(2))).answer.status).toBe(503);
    await signInAsTest(world, 3);
    expect(world.lines.filter((line) => line.includes("budget.alert"))).toEqual([]);
  });

  it("gives a device token that is never believed", async () => {
    const world = await createWorld({ env: { ...withNumbers, LIMIT_SEND_PER_PHONE: "1/10m" } });
    const { device_token } = await signInAsTest(world, 1);
    const body = { to, device_tokens: [device_token] };
    expect((await begin(world, body, from(2))).answer.status).toBe(429);
  });

  it("can be asked for again under one Idempotency-Key, and another way", async () => {
    const world = await createWorld({ env: withNumbers });
    const key = { "Idempotency-Key": "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e5f" };
    const [one, two] = [await begin(world, { to }, key), await begin(world, { to }, key)];
    expect([two.answer.status, two.id]).toEqual([201, one.id]);
    expect((await check(world, one.id, code)).status).toBe(200);
  });
});

describe("a test number", () => {
  it.each([
    ["in every spelling", { to: "(201) 555-0199", country: "US" }, code],
    ["with an exit code", { to: "0012015550199", country: "DE" }, code],
    ["where the number is toll-free", { to: "+1 (800) 555-0123" }, "135791"],
    ["where its country is not served", { to: "+44 7400 123456" }, "246802"],
  ])("is recognised before its kind is judged: %s", async (_how, body, right) => {
    const world = await createWorld({ env: { TEST_NUMBERS, ALLOWED_COUNTRIES: "US" } });
    const { answer, id } = await begin(world, body);
    expect(answer.status).toBe(201);
    expect((await check(world, id, right)).status).toBe(200);
    expect(world.outgoing).toEqual([]);
  });

  it("lets none of its neighbours through", async () => {
    const world = await createWorld({ env: { TEST_NUMBERS, ALLOWED_COUNTRIES: "US" } });
    const problem = async (number: string) =>
      (await (await world.post(path, { to: number })).json<{ code: string }>()).code;
    expect(await problem("+18005550124")).toBe("unsupported_number_type");
    expect(await problem("+447400123457")).toBe("unsupported_country");
  });

  it.each(["call", "whatsapp"])(
    "takes the channel %s where it is open, and sends nothing",
    async (channel) => {
      const world = await createWorld({ env: { TEST_NUMBERS } });
      const first = await begin(world, { to, channel });
      expect(await first.answer.json()).toMatchObject({ channel });
      const { id } = await begin(world, { to }, from(2));
      world.clock.nowMs += 30_000;
      const again = await world.post(`${path}/${id}/resend`, { channel });
      expect([again.status, await again.json()]).toMatchObject([200, { channel }]);
      const answer = await (await check(world, id, code)).json<Session>();
      expect(decodeJwt(answer.access_token)).toMatchObject({ test: true });
      expect(world.outgoing).toEqual([]);
    },
  );

  it("takes no channel that is shut", async () => {
    const world = await createWorld({ env: { TEST_NUMBERS, CHANNELS: "sms" } });
    const answer = await world.post(path, { to, channel: "call" });
    expect(await answer.json()).toMatchObject({ code: "channel_unavailable" });
  });

  it("is not asked about at Twilio Lookup", async () => {
    const world = await createWorld({ env: { TEST_NUMBERS, LOOKUP: "on" } });
    await signInAsTest(world);
    expect(world.outgoing).toEqual([]);
  });

  it("costs a start one hop and a check two, as a code of our own", async () => {
    const written = ["LIMITS.put", "PHONE_LEDGER.settleSend"];
    const { send, recorder } = await recordedWorld({
      env: { TEST_NUMBERS },
      inBackground: written,
    });
    const post = (address: string, body: unknown) =>
      send(address, { method: "POST", body: JSON.stringify(body) });
    const { id } = await (await post(path, { to })).json<{ id: string }>();
    expect(recorder.longestChain()).toHaveLength(1);
    expect(recorder.names()).toContain("SEND_BUDGET.reserveTest");
    expect((await post(`${path}/${id}/check`, { code: wrong(code) })).status).toBe(422);
    expect(recorder.names().filter((name) => /SEND_BUDGET|twilio/.test(name))).toEqual([]);
    expect((await post(`${path}/${id}/check`, { code })).status).toBe(200);
    expect(recorder.longestChain()).toHaveLength(2);
    expect(recorder.names().filter((name) => /SEND_BUDGET|twilio/.test(name))).toEqual([]);
  });

  it("verifies no country for the address: a leaked code buys no sends", async () => {
    const world = await createWorld({ env: { TEST_NUMBERS } });
    const countriesOf = async () => {
      const { keys } = await env.LIMITS.list();
      const records = await Promise.all(keys.map(({ name }) => env.LIMITS.get(name, "json")));
      return records.map((record) => Object.keys((record as { countries: object }).countries));
    };
    const { id } = await begin(world, { to: abroad });
    expect((await check(world, id, "246802")).status).toBe(200);
    expect(await countriesOf()).toEqual([["GB"]]);
  });

  it("is no first verification in its number's ledger, and makes no device known", async () => {
    const world = await createWorld({ env: { TEST_NUMBERS } });
    await signInAsTest(world);
    const { ledger } = (await openHandle(
      (await begin(world, { to }, from(2))).id,
      await peppersOf(world),
    )) ?? { ledger: undefined };
    const stub = env.PHONE_LEDGER.getByName(ledger?.name ?? "");
    const stored = await runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()]);
    const text = JSON.stringify(stored);
    expect(text).toContain('"testUntilMs"');
    expect(text).not.toMatch(/"verified"|"devices"/);
    expect(text).not.toContain(code);
  });

  it("has an id as long as others have", async () => {
    const world = await createWorld({ env: { TEST_NUMBERS } });
    const [one, other] = [
      await begin(world, { to }, from(1)),
      await begin(world, { to: "+12015550123" }, from(2)),
    ];
    expect(one.id.length).toBe(other.id.length);
  });

  it("answers as a number that stops being one under the same key: another request", async () => {
    const key = { "Idempotency-Key": "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e5f" };
    const world = await createWorld();
    await begin(world, { to }, key);
    const listed = await createWorld({ env: { ...world.settings, TEST_NUMBERS } });
    expect((await listed.post(path, { to }, key)).status).toBe(422);
  });
});

describe("the tokens of a test number", () => {
  const claims = { TEST_NUMBERS, TOKEN_CLAIMS: "phone_number" };

  it("say that the number is not verified, after a refresh too", async () => {
    const world = await createWorld({ env: claims });
    const session = await signInAsTest(world);
    const expected = { test: true, phone_number: to, phone_number_verified: false };
    expect(decodeJwt(session.access_token)).toMatchObject(expected);
    const refresh = { refresh_token: session.refresh_token };
    const next = await (await world.post("/v1/sessions/refresh", refresh)).json<Session>();
    expect(decodeJwt(next.access_token)).toMatchObject(expected);
  });

  it("are of a session that says so to a backend that asks for the current session", async () => {
    const world = await createWorld({ env: claims });
    const current = async (session: Session) =>
      (await world.send("/v1/sessions/current", { headers: bearer(session) })).json();
    expect(await current(await signInAsTest(world))).toMatchObject({ test: true });
    expect(await current(await signIn(world, "+12015550123"))).not.toHaveProperty("test");
  });

  it("say so of a session that was real, once it is raised by the fixed code", async () => {
    const changes = { ...claims, PURPOSES: "sign_in,step_up", TEST_NUMBERS: "" };
    const real = await createWorld({ env: changes });
    const session = await signIn(real, to);
    expect(decodeJwt(session.access_token)).toMatchObject({ phone_number_verified: true });
    const world = await createWorld({ env: { ...real.settings, TEST_NUMBERS } });
    world.clock.nowMs = real.clock.nowMs + 60_000;
    const { id } = await begin(world, { purpose: "step_up" }, bearer(session));
    const answer = await check(world, id, code, bearer(session));
    const raised = await answer.json<Session>();
    expect(answer.status).toBe(200);
    const expected = { test: true, phone_number_verified: false };
    expect(decodeJwt(raised.access_token)).toMatchObject(expected);
    const refresh = { refresh_token: session.refresh_token };
    const next = await (await world.post("/v1/sessions/refresh", refresh)).json<Session>();
    expect(decodeJwt(next.access_token)).toMatchObject(expected);
  });

  it("say so of a proof, which is consumed only where the backend accepts it", async () => {
    const world = await createBackendWorld({ TEST_NUMBERS });
    const login = { to, purpose: "two_factor", subject: "user-42", amr: ["pwd"] };
    const { id } = await begin(world, login, asBackend(shopKey));
    const { proof_token } = await (await check(world, id, code)).json<{ proof_token: string }>();
    expect(decodeJwt(proof_token)).toMatchObject({ test: true });
    const consume = (more: object) =>
      world.post("/v1/proofs/consume", { proof_token, ...more }, asBackend(shopKey));
    for (const more of [{}, { accept_test: false }]) {
      const refused = await consume(more);
      expect([refused.status, await refused.json()]).toMatchObject([
        401,
        { code: "invalid_token", detail: expect.stringContaining("of a test number") },
      ]);
    }
    const consumed = await consume({ accept_test: true });
    expect(await consumed.json()).toMatchObject({ test: true, sub: "user-42" });
    expect((await consume({ accept_test: true })).status).toBe(410);
    expect(world.outgoing).toEqual([]);
  });
});

describe("the cap of test numbers", () => {
  // Their windows would be full before.
  const settings = {
    TEST_NUMBERS,
    LIMIT_SEND_PER_PHONE: "1000/10m",
    LIMIT_SEND_PER_IP: "10000/10s",
  };
  const startFrom = async (world: World, place: number, number = to) =>
    (await begin(world, { to: number }, from(place))).answer.status;

  it("is 100 a day for all of them, exact however many come at once", async () => {
    const world = await createWorld({ env: settings });
    const places = Array.from({ length: 130 }, (_, place) => place);
    const statuses = await Promise.all(
      places.map((place) => startFrom(world, place, place % 2 === 0 ? to : tollFree)),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(100);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30);
    expect(world.outgoing).toEqual([]);
    // Other numbers are not concerned, and the next day is another one.
    expect(await startFrom(world, 131, "+12015550123")).toBe(201);
    world.clock.nowMs = Date.parse("2035-01-03T00:00:01Z");
    expect(await startFrom(world, 132)).toBe(201);
  });

  it("is answered like a full number once it is reached, so that it names no test number", async () => {
    const world = await createWorld({ env: settings });
    for (let place = 0; place < 100; place += 1) await startFrom(world, place);
    const full = await (await begin(world, { to }, from(101))).answer.json<object>();
    const windowed = await createWorld({ env: { LIMIT_SEND_PER_PHONE: "1/10m" } });
    await startFrom(windowed, 102, "+12015550123");
    const number = { to: "+12015550123" };
    const others = await (await begin(windowed, number, from(103))).answer.json<object>();
    expect({ ...full, request_id: "" }).toEqual({ ...others, request_id: "" });
    expect(world.lines.join("\n")).toContain('"by":"test:cap"');
  });

  it("counts what was refused by another rule for nothing", async () => {
    const world = await createWorld({ env: { ...settings, LIMIT_SEND_PER_PHONE: "1/10m" } });
    expect(await startFrom(world, 0)).toBe(201);
    for (let place = 1; place <= 110; place += 1) expect(await startFrom(world, place)).toBe(429);
    expect(await startFrom(world, 111, tollFree)).toBe(201);
  });

  it("closes test numbers when its store fails, and no other", async () => {
    const world = await createWorld({ env: settings });
    const { SEND_BUDGET } = world.settings;
    const namespace = SEND_BUDGET as { getByName: (name: string) => unknown };
    const failing = {
      getByName: (name: string) => {
        if (name === "test-numbers") throw new Error("down");
        return namespace.getByName(name);
      },
    };
    const down = await createWorld({ env: { ...world.settings, SEND_BUDGET: failing } });
    expect(await startFrom(down, 1)).toBe(503);
    expect(await startFrom(down, 2, "+12015550123")).toBe(201);
  });
});
