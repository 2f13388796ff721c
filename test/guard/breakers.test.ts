import { reset } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { asBackend, bankKey, createBackendWorld } from "../helpers/backend.ts";
import {
  decisions,
  fill,
  guarded,
  logged,
  numberOf,
  solved,
  spreadOver,
  startFrom,
  turnstile,
  watchedWorld,
} from "../helpers/guard.ts";
import { engines, from, kindOf, textsAskedFor } from "../helpers/racing.ts";
import { interceptedBindings } from "../helpers/recorder.ts";
import { bearer, signIn } from "../helpers/session.ts";
import { createWorld, wrong, type World } from "../helpers/world.ts";

const risky = turnstile("risky");
const hourMs = 60 * 60 * 1000;

/** Returns the answer without the parts that differ for each request. */
async function comparable(answer: Response) {
  const { request_id: _, ...body } = await answer.json<Record<string, unknown>>();
  const headers = [...answer.headers].filter(([name]) => name !== "x-request-id");
  return { status: answer.status, body, headers: Object.fromEntries(headers) };
}

async function approve(world: World, to: string, index = 0, more = {}) {
  const { id, code } = await startOf(world, to, index, more);
  const answer = await world.post(`/v1/verifications/${id}/check`, { code }, from(index));
  expect(answer.status).toBe(200);
  return answer.json<{ device_token: string; access_token: string }>();
}

async function startOf(world: World, to: string, index = 0, more = {}) {
  const answer = await startFrom(world, index, to, more);
  const { id } = await answer.clone().json<{ id: string }>();
  if (answer.status !== 201) throw new Error(`not started: ${await answer.text()}`);
  const [newest] = await world.inbox(to);
  return { id, code: newest?.code ?? "" };
}

describe.each(engines)("engine $engine: a prefix without approvals", ({ env }) => {
  it("is refused after three sends in an hour, with exactly the answer of a number over its window", async () => {
    const world = await createWorld({ env: { ...env, ...guarded, LIMIT_SEND_PER_PHONE: "1/1h" } });
    await fill(world, numberOf);
    const full = await comparable(await startFrom(world, 1, numberOf(5)));
    expect(full).toEqual(await comparable(await startFrom(world, 2, numberOf(0))));
    expect(full).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect(textsAskedFor(world)).toHaveLength(3);
    expect(decisions(world)[3]).toEqual({
      event: "guard.decision",
      request_id: expect.any(String),
      verdict: "refuse",
      rules: "prefix:challenge country:challenge",
      by: "prefix:challenge",
      until: "2035-01-02T03:16:05.000Z",
      captcha: "off",
      country: "US",
      to: "+1•••••0105",
      caller: "anonymous",
      address: expect.stringMatching(/^[a-p]{24}$/),
      ms: 0,
      hops: { kv: 0, phone_ledger: 0, send_budget: 0 },
    });
    // A send to another prefix of the country passes: without a captcha, the country rule only
    // records.
    expect((await startFrom(world, 3, spreadOver(0))).status).toBe(201);
    expect(decisions(world).at(-1)).toMatchObject({
      verdict: "pass",
      rules: "country:challenge",
    });
  });

  it("reserves nothing for a refused send: not the number's window, not the day, not its own rows", async () => {
    const limits = { LIMIT_SEND_PER_PHONE: "1/1d", LIMIT_SEND_TOTAL: "4/1d" };
    const world = await createWorld({ env: { ...env, ...guarded, ...limits } });
    await fill(world, numberOf);
    for (let tries = 0; tries < 5; tries += 1)
      expect((await startFrom(world, tries, numberOf(9))).status).toBe(429);
    world.clock.nowMs += hourMs;
    expect((await startFrom(world, 1, numberOf(9))).status).toBe(201);
    expect(await kindOf(await startFrom(world, 2, spreadOver(0)))).toBe(
      "503 send_budget_exhausted",
    );
  });

  it("is emptied by approvals", async () => {
    const world = await createWorld({ env: { ...env, ...guarded } });
    for (let index = 0; index < 6; index += 1) await approve(world, numberOf(index), index);
    expect((await startFrom(world, 7, numberOf(7))).status).toBe(201);
  });

  it("gives the same answer for a verified number and an unverified number", async () => {
    const { world, calls } = await watchedWorld({ ...env, ...guarded });
    await approve(world, numberOf(7));
    await fill(world, numberOf);
    const observe = async (index: number, to: string, channel: string) => {
      calls.length = 0;
      const answer = await comparable(await startFrom(world, index, to, { channel }));
      return { answer, calls: calls.splice(0) };
    };
    for (const channel of env === engines[0].env ? ["sms", "call", "whatsapp"] : ["sms"]) {
      const member = await observe(2, numberOf(7), channel);
      expect(member.answer).toMatchObject({ status: 429, body: { code: "rate_limited" } });
      expect(member).toEqual(await observe(3, numberOf(8), channel));
    }
  });

  it("allows a caller with a device token of the number, and counts that send until the prefix is full", async () => {
    const { world, calls } = await watchedWorld({ ...env, ...guarded });
    const { device_token } = await approve(world, numberOf(7));
    expect((await startFrom(world, 1, numberOf(7), { device_tokens: [device_token] })).status).toBe(
      201,
    );
    for (const index of [0, 1])
      expect((await startFrom(world, 2, numberOf(index))).status).toBe(201);
    expect((await startFrom(world, 3, numberOf(8))).status).toBe(429);
    calls.length = 0;
    expect((await startFrom(world, 4, numberOf(7), { device_tokens: [device_token] })).status).toBe(
      201,
    );
    expect(calls.filter((name) => name === "SEND_BUDGET.reserve")).toHaveLength(1);
    expect(decisions(world).at(-1)).toMatchObject({ verdict: "pass" });
  });

  it("refuses the holder of a revoked device token like any stranger", async () => {
    const world = await createWorld({ env: { ...env, ...guarded } });
    const session = await approve(world, numberOf(7));
    await fill(world, numberOf);
    const { device_token } = session;
    const init = { method: "DELETE", headers: bearer(session) };
    expect((await world.send("/v1/sessions", init)).status).toBe(204);
    expect(
      await kindOf(await startFrom(world, 1, numberOf(7), { device_tokens: [device_token] })),
    ).toBe("429 rate_limited");
  });

  it("refuses the holder of a device token after three sends without a right code like any stranger", async () => {
    const world = await createWorld({ env: { ...env, ...guarded } });
    const { device_token } = await approve(world, numberOf(7));
    await fill(world, numberOf);
    const more = { device_tokens: [device_token] };
    const kinds: string[] = [];
    for (let sends = 0; sends < 4; sends += 1)
      kinds.push(await kindOf(await startFrom(world, sends, numberOf(7), more)));
    expect(kinds).toEqual(["201", "201", "201", "429 rate_limited"]);
  });

  it("gets back a send that Twilio certainly did not make", async () => {
    const world = await createWorld({ env: { ...env, ...guarded } });
    await world.fault({ count: 3, status: 400, code: 21610 });
    for (let index = 0; index < 3; index += 1)
      expect((await startFrom(world, index, numberOf(index))).status).toBe(422);
    await fill(world, numberOf);
    expect((await startFrom(world, 1, numberOf(5))).status).toBe(429);
  });

  it("counts resends, and refuses them with the number's answer", async () => {
    const world = await createWorld({ env: { ...env, ...guarded } });
    const { id } = await startOf(world, numberOf(0));
    const resend = () => world.post(`/v1/verifications/${id}/resend`, {}, from(1));
    world.clock.nowMs += 31_000;
    expect((await resend()).status).toBe(200);
    expect(decisions(world).at(-1)).toMatchObject({ verdict: "pass", to: "+1•••••0100" });
    world.clock.nowMs += 41_000;
    expect((await resend()).status).toBe(200);
    world.clock.nowMs += 61_000;
    expect(await kindOf(await resend())).toBe("429 rate_limited");
    expect(decisions(world).at(-1)).toMatchObject({
      verdict: "refuse",
      rules: "prefix:challenge country:challenge",
      to: "+1•••••0100",
    });
    expect((await startFrom(world, 2, numberOf(5))).status).toBe(429);
    expect(textsAskedFor(world)).toHaveLength(3);
  });
});

describe("the modes of a full prefix and a full country", () => {
  it.each([
    ["prefix:off,country:off", "201", ""],
    ["prefix:record,country:record", "201", "prefix:record country:record"],
    ["prefix:challenge,country:off", "403 captcha_required", "prefix:challenge"],
    ["prefix:off,country:challenge", "403 captcha_required", "country:challenge"],
    ["prefix:refuse,country:record", "429 rate_limited", "prefix:refuse country:record"],
    ["prefix:off,country:refuse", "429 rate_limited", "country:refuse"],
  ])("%s: %s", async (GUARD_RULES, ending, rules) => {
    const world = await createWorld({ env: { ...risky, GUARD_RULES } });
    await fill(world, numberOf);
    expect(await kindOf(await startFrom(world, 1, numberOf(5)))).toBe(ending);
    expect(decisions(world).at(-1)).toMatchObject({ rules });
  });

  it("a solved captcha opens a full prefix up to twice its capacity, for every number in the same way", async () => {
    const { world, calls } = await watchedWorld({ ...risky, GUARD_RULES: "country:off" });
    await approve(world, numberOf(20));
    await fill(world, numberOf);
    const ask = (index: number, more = {}) => startFrom(world, index, numberOf(index), more);
    for (const index of [20, 21, 0])
      expect(await kindOf(await ask(index))).toBe("403 captcha_required");
    // This isolate remembers the refusal, so no store is called before the captcha.
    calls.length = 0;
    expect(await kindOf(await ask(22))).toBe("403 captcha_required");
    expect(calls).toEqual([]);
    for (const index of [3, 4, 5])
      expect((await ask(index, { captcha_token: solved() })).status).toBe(201);
    for (const index of [20, 21, 0])
      expect(await kindOf(await ask(index, { captcha_token: solved() }))).toBe("429 rate_limited");
    world.clock.nowMs += 61_000;
    for (const index of [20, 21, 0])
      expect(await kindOf(await ask(index))).toBe("429 rate_limited");
  });

  it("a resend has the same standing as its start, with a captcha, a device or neither", async () => {
    const world = await createWorld({ env: { ...risky, GUARD_RULES: "country:off" } });
    const { device_token } = await approve(world, numberOf(20));
    const device = await startOf(world, numberOf(20), 0, { device_tokens: [device_token] });
    const stranger = await startOf(world, numberOf(0));
    await startOf(world, numberOf(1));
    const human = await startOf(world, numberOf(2), 0, { captcha_token: solved() });
    world.clock.nowMs += 31_000;
    const resend = async ({ id }: { id: string }) =>
      kindOf(await world.post(`/v1/verifications/${id}/resend`, {}, from(1)));
    expect(await resend(stranger)).toBe("429 rate_limited");
    expect(await resend(human)).toBe("200");
    expect(await resend(device)).toBe("200");
  });

  it("a solved captcha passes a rule with mode challenge, but not one with mode refuse", async () => {
    for (const [rules, status] of [
      ["prefix:challenge", 201],
      ["prefix:refuse", 429],
    ] as const) {
      const world = await createWorld({ env: { ...risky, GUARD_RULES: rules } });
      await fill(world, numberOf);
      const captcha_token = solved();
      expect((await startFrom(world, 1, numberOf(5), { captcha_token })).status).toBe(status);
      await reset();
    }
  });

  it("GUARD_RECORD=on makes all rules only record", async () => {
    const env = { ...risky, GUARD_RULES: "prefix:refuse,country:refuse", GUARD_RECORD: "on" };
    const world = await createWorld({ env });
    await fill(world, numberOf);
    expect((await startFrom(world, 1, numberOf(5))).status).toBe(201);
    expect(decisions(world).at(-1)).toMatchObject({
      verdict: "pass",
      rules: "prefix:record country:record",
    });
  });

  it("a service key can use a prefix that strangers have filled, up to three times its capacity", async () => {
    const world = await createBackendWorld(guarded);
    await fill(world, numberOf);
    const ask = (to: string) => world.post("/v1/verifications", { to }, asBackend(bankKey));
    for (let index = 3; index < 10; index += 1)
      expect((await ask(numberOf(index))).status).toBe(201);
    expect((await ask(numberOf(10))).status).toBe(429);
    expect((await ask(spreadOver(0))).status).toBe(201);
    expect(decisions(world).at(-1)).not.toHaveProperty("address");
  });
});

const fewChecks = { GUARD_FAILED_CHECKS: "least:10" };
const rulesOff = "prefix:off,country:off";
const checking = { ...risky, ...fewChecks, GUARD_RULES: rulesOff };

/** Makes two wrong checks for each of five numbers, each from another address. */
async function guess(world: World, numbers = 5): Promise<void> {
  for (let index = 0; index < numbers; index += 1) {
    const shown = { captcha_token: solved() };
    const { id, code } = await startOf(world, spreadOver(index), 50 + index, shown);
    for (let tries = 0; tries < 2; tries += 1) {
      const path = `/v1/verifications/${id}/check`;
      const answer = await world.post(path, { code: wrong(code) }, from(50 + index));
      expect(answer.status).toBe(422);
    }
  }
}

describe.each(engines)("engine $engine: wrong codes over many numbers", ({ env }) => {
  it("require a captcha of every caller for a quarter of an hour, and alert the operator once", async () => {
    const world = await createWorld({ env: { ...checking, ...env } });
    await guess(world, 4);
    expect((await startFrom(world, 1, spreadOver(9))).status).toBe(201);
    await guess(world, 3);
    expect(logged(world, "guard.failed_checks")).toMatchObject([{ level: "alert" }]);
    expect(await kindOf(await startFrom(world, 2, "+447400123456"))).toBe("403 captcha_required");
    expect(decisions(world).at(-1)).toMatchObject({
      verdict: "challenge",
      rules: "failed_checks:challenge",
      country: "GB",
    });
    const captcha_token = solved();
    expect((await startFrom(world, 3, spreadOver(10), { captcha_token })).status).toBe(201);
    world.clock.nowMs += 16 * 60_000;
    expect((await startFrom(world, 4, spreadOver(11))).status).toBe(201);
  });

  it("have no effect with as many right codes", async () => {
    const world = await createWorld({ env: { ...checking, ...env } });
    for (let index = 20; index < 30; index += 1) await approve(world, spreadOver(index), index);
    await guess(world);
    expect((await startFrom(world, 1, spreadOver(40))).status).toBe(201);
  });

  it("count up to five for a verification, but not later checks", async () => {
    const world = await createWorld({
      env: { ...checking, ...env, GUARD_FAILED_CHECKS: "least:10,per_approval:1" },
    });
    const guessAll = async (number: string) => {
      const { id, code } = await startOf(world, number);
      for (let tries = 0; tries < 8; tries += 1)
        await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) }, from(tries));
    };
    await guessAll(spreadOver(0));
    expect(logged(world, "guard.failed_checks")).toEqual([]);
    await guessAll(spreadOver(1));
    expect(logged(world, "guard.failed_checks")).toHaveLength(1);
  });

  it("are compared with right codes, including those whose session could not be stored", async () => {
    const seen: unknown[] = [];
    const bindings = interceptedBindings(({ name, args, run }) => {
      if (name === "SEND_BUDGET.checked") seen.push(args[0]);
      return name.startsWith("SUBJECT_SESSIONS.") ? Promise.reject(new Error("down")) : run();
    });
    const world = await createWorld({ env: { ...checking, ...env, ...bindings } });
    const { id, code } = await startOf(world, spreadOver(0));
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    expect(await kindOf(answer)).toBe("503 store_unavailable");
    expect(seen).toMatchObject([{ country: "US", ending: "approved" }]);
  });

  it("do not count for an exhausted verification", async () => {
    const world = await createWorld({ env: { ...checking, ...env } });
    const { id, code } = await startOf(world, spreadOver(0));
    for (let tries = 0; tries < 40; tries += 1)
      await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) }, from(tries));
    expect((await startFrom(world, 1, spreadOver(9))).status).toBe(201);
  });
});

describe("while every caller must solve a captcha", () => {
  async function asking(env: Record<string, unknown> = {}) {
    const watched = await watchedWorld({ ...checking, ...env });
    await guess(watched.world);
    return watched;
  }

  it("a caller for a verified number must solve it too, because attackers guess codes of such numbers", async () => {
    const world = await createWorld({ env: checking });
    await approve(world, spreadOver(20));
    await guess(world, 6);
    expect(await kindOf(await startFrom(world, 1, spreadOver(20)))).toBe("403 captcha_required");
  });

  it("this isolate requires it before any store is called", async () => {
    const { world, calls } = await asking();
    await startFrom(world, 1, spreadOver(9));
    calls.length = 0;
    expect(await kindOf(await startFrom(world, 2, "+33612345678"))).toBe("403 captcha_required");
    expect(calls).toEqual([]);
  });

  it("a known device is exempt and a revoked one is not, and nothing is used up for its number", async () => {
    const env = { ...checking, LIMIT_SEND_PER_PHONE: "3/10m" };
    const world = await createWorld({ env });
    const to = spreadOver(20);
    const session = await approve(world, to);
    const { device_token } = session;
    await guess(world, 6);
    expect((await startFrom(world, 1, to, { device_tokens: [device_token] })).status).toBe(201);
    const init = { method: "DELETE", headers: bearer(session) };
    expect((await world.send("/v1/sessions", init)).status).toBe(204);
    for (let tries = 0; tries < 3; tries += 1)
      expect(
        await kindOf(await startFrom(world, tries, to, { device_tokens: [device_token] })),
      ).toBe("403 captcha_required");
    expect(decisions(world).at(-1)).toMatchObject({ verdict: "challenge" });
    const captcha_token = solved();
    expect(
      (await startFrom(world, 2, to, { device_tokens: [device_token], captcha_token })).status,
    ).toBe(201);
  });

  it("a service key, a step-up and a resend are exempt", async () => {
    const world = await createBackendWorld(checking);
    const session = await signIn(world, spreadOver(20));
    const { id } = await startOf(world, spreadOver(21));
    await guess(world, 6);
    world.clock.nowMs += 31_000;
    expect((await world.post(`/v1/verifications/${id}/resend`, {})).status).toBe(200);
    const raise = { purpose: "step_up" };
    expect((await world.post("/v1/verifications", raise, bearer(session))).status).toBe(201);
    const ask = { to: spreadOver(22) };
    expect((await world.post("/v1/verifications", ask, asBackend(bankKey))).status).toBe(201);
  });

  it.each([
    ["off", "201", ""],
    ["record", "201", "failed_checks:record"],
    ["challenge", "403 captcha_required", "failed_checks:challenge"],
    ["refuse", "429 rate_limited", "failed_checks:refuse"],
  ])("failed_checks:%s: %s", async (mode, ending, rules) => {
    const { world } = await asking({ GUARD_RULES: `${rulesOff},failed_checks:${mode}` });
    expect(await kindOf(await startFrom(world, 1, spreadOver(9)))).toBe(ending);
    expect(decisions(world).at(-1)).toMatchObject({ rules });
    const captcha_token = solved();
    const passed = await startFrom(world, 2, spreadOver(10), { captcha_token });
    expect(passed.status).toBe(mode === "refuse" ? 429 : 201);
  });

  it("without a configured captcha the rule is only logged", async () => {
    const { world } = await asking({ TURNSTILE: "off" });
    expect((await startFrom(world, 1, spreadOver(9))).status).toBe(201);
    expect(decisions(world).at(-1)).toMatchObject({
      verdict: "pass",
      rules: "failed_checks:challenge",
      captcha: "off",
    });
  });

  it("a full prefix is named in the log too", async () => {
    const { world } = await asking({ TURNSTILE: "off", GUARD_RULES: "country:off" });
    await fill(world, numberOf);
    expect((await startFrom(world, 1, numberOf(5))).status).toBe(429);
    expect(decisions(world).at(-1)).toMatchObject({
      verdict: "refuse",
      rules: "failed_checks:challenge prefix:challenge",
    });
  });
});

const abroad = ["+447400123456", "+33612345678", "+4915112345678", "+12015550123"] as const;

describe("an address that sends to more than three countries a day without an approval", () => {
  const countries = { ...risky, GUARD_RULES: rulesOff };
  const to = abroad[3];

  async function abroadOf(env: Record<string, unknown>) {
    const watched = await watchedWorld(env);
    for (const number of abroad.slice(0, 3))
      expect((await startFrom(watched.world, 0, number)).status).toBe(201);
    watched.calls.length = 0;
    return watched;
  }

  it("must solve a captcha, and the refused start changes neither the number nor the day nor KV", async () => {
    const limits = { LIMIT_SEND_PER_PHONE: "1/1d", LIMIT_SEND_TOTAL: "4/1d" };
    const { world, calls } = await abroadOf({ ...countries, ...limits });
    const kept = async () => {
      const { keys } = await testEnv.LIMITS.list();
      return Promise.all(keys.map(({ name }) => testEnv.LIMITS.get(name)));
    };
    const before = await kept();
    expect(before).toHaveLength(1);
    for (let tries = 0; tries < 3; tries += 1)
      expect(await kindOf(await startFrom(world, 0, to))).toBe("403 captcha_required");
    expect(calls).not.toContain("LIMITS.put");
    expect(await kept()).toEqual(before);
    expect(decisions(world).at(-1)).toMatchObject({
      verdict: "challenge",
      rules: "address_countries:challenge",
    });
    // Another address is not affected, and can use what was given back.
    expect((await startFrom(world, 1, to)).status).toBe(201);
  });

  it("passes with a captcha", async () => {
    const { world } = await abroadOf(countries);
    expect((await startFrom(world, 0, to, { captcha_token: solved() })).status).toBe(201);
  });

  it("can send again to a country that it has already sent to", async () => {
    const { world } = await abroadOf(countries);
    expect((await startFrom(world, 0, "+33612345679")).status).toBe(201);
  });

  it("passes after an approval in one of them, and after a day", async () => {
    const { world } = await abroadOf(countries);
    const [newest] = await world.inbox(abroad[1]);
    const started = await startFrom(world, 0, abroad[1]);
    const { id } = await started.json<{ id: string }>();
    const code = (await world.inbox(abroad[1]))[0]?.code ?? newest?.code ?? "";
    const path = `/v1/verifications/${id}/check`;
    expect((await world.post(path, { code }, from(0))).status).toBe(200);
    expect((await startFrom(world, 0, to)).status).toBe(201);
    expect(await kindOf(await startFrom(world, 0, "+34612345678"))).toBe("403 captcha_required");
    world.clock.nowMs += 24 * hourMs;
    expect((await startFrom(world, 0, "+34612345678")).status).toBe(201);
  });

  it("is exempt with a known device", async () => {
    const world = await createWorld({ env: countries });
    const { device_token } = await approve(world, to);
    for (const number of abroad.slice(0, 3)) await startFrom(world, 0, number);
    expect((await startFrom(world, 0, to, { device_tokens: [device_token] })).status).toBe(201);
    expect(await kindOf(await startFrom(world, 0, to))).toBe("403 captcha_required");
  });

  it.each([
    ["off", "201", "201", ""],
    ["record", "201", "201", "address_countries:record"],
    ["challenge", "403 captcha_required", "201", "address_countries:challenge"],
    ["refuse", "429 rate_limited", "429 rate_limited", "address_countries:refuse"],
  ])("address_countries:%s: %s, with a captcha %s", async (mode, without, withOne, rules) => {
    const GUARD_RULES = `${rulesOff},address_countries:${mode}`;
    const { world } = await abroadOf({ ...countries, GUARD_RULES });
    expect(await kindOf(await startFrom(world, 0, to))).toBe(without);
    expect(decisions(world).at(-1)).toMatchObject({ rules });
    const captcha_token = solved();
    expect(await kindOf(await startFrom(world, 0, to, { captcha_token }))).toBe(withOne);
  });

  it("is only logged without a configured captcha", async () => {
    const { world } = await abroadOf(guarded);
    expect((await startFrom(world, 0, to)).status).toBe(201);
    expect(decisions(world).at(-1)).toMatchObject({
      verdict: "pass",
      rules: "address_countries:challenge",
    });
  });

  it("is stored once per start, under one key", async () => {
    const { calls, world } = await abroadOf(countries);
    await startFrom(world, 0, abroad[0]);
    expect(calls.filter((name) => name.startsWith("LIMITS."))).toEqual([
      "LIMITS.get",
      "LIMITS.put",
    ]);
    expect((await testEnv.LIMITS.list()).keys).toHaveLength(1);
  });
});
