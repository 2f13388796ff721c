import { describe, expect, it } from "vitest";
import { asBackend, bankKey, createBackendWorld, serviceKey, startAs } from "../helpers/backend.ts";
import {
  decisions,
  fill,
  guarded,
  logged,
  numberOf,
  spreadOver,
  startFrom,
  turnstile,
} from "../helpers/guard.ts";
import { engines, from } from "../helpers/racing.ts";
import { signIn } from "../helpers/session.ts";
import { createWorld, start, wrong, type World } from "../helpers/world.ts";

const to = "+12015550123";
const began = "2035-01-02T03:04:05.000Z";
const midnight = "2035-01-03T00:00:00.000Z";
const after = (seconds: number) => new Date(Date.parse(began) + seconds * 1000).toISOString();

/** Returns the newest decision and the log line of its refusal. */
const newest = (world: World) => ({
  decision: decisions(world).at(-1),
  refusal: logged(world, "verification.refused").at(-1),
});

async function checkWrong(world: World, id: string, code: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1)
    await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) }, from(200 + time));
}

describe("the log of a refused start names the rule that refused, and its end", () => {
  it("the number's window", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_PHONE: "1/10m" } });
    await startFrom(world, 1, to);
    world.clock.nowMs += 60_000;
    expect((await startFrom(world, 2, to)).headers.get("Retry-After")).toBe("600");
    expect(newest(world)).toMatchObject({
      decision: {
        verdict: "refuse",
        rules: "number:window",
        by: "number:window",
        until: after(600),
      },
      refusal: { step: "start", reason: "number_refused", until: after(600) },
    });
  });

  it("the number's lock, which differs from its window", async () => {
    const env = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
    const world = await createWorld({ env });
    for (let round = 0; round < 2; round += 1) {
      const { id, code } = await start(world, to);
      await checkWrong(world, id, code, 5);
    }
    await startFrom(world, 1, to);
    expect(newest(world)).toMatchObject({
      decision: { rules: "number:lock", by: "number:lock", until: after(15 * 60) },
      refusal: { reason: "number_refused", until: after(15 * 60) },
    });
  });

  it("the number's used-up code at Twilio", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    await checkWrong(world, id, code, 5);
    await startFrom(world, 1, to);
    expect(newest(world).decision).toMatchObject({
      by: "number:code_used_up",
      until: after(10 * 60),
    });
  });

  it("the window of the address, at the first refusal and at refusals that an isolate remembers", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_IP: "1/1h" } });
    for (const number of [to, "+12015550124", "+12015550125"]) await startFrom(world, 1, number);
    const refused = {
      verdict: "refuse",
      rules: "address:window",
      by: "address:window",
      until: after(3600),
    };
    expect(decisions(world).slice(1)).toMatchObject([refused, refused]);
    expect(newest(world).refusal).toMatchObject({
      reason: "over_address_limit",
      until: after(3600),
    });
  });

  it.each([
    ["total", { LIMIT_SEND_TOTAL: "1/1d" }],
    ["country", { COUNTRY_CAPS: "US:1/1d" }],
    ["money", { COUNTRY_PRICES: "US:0.01,*:0.1", BUDGET_MONEY: "0.01USD/1d" }],
  ])("the day's cap: %s", async (cap, env) => {
    const world = await createWorld({ env: { CHANNELS: "sms", ...env } });
    await startFrom(world, 1, spreadOver(0));
    await startFrom(world, 2, spreadOver(1));
    expect(newest(world)).toMatchObject({
      decision: { verdict: "refuse", rules: `budget:${cap}`, by: `budget:${cap}`, until: midnight },
      refusal: { reason: "send_budget_exhausted", until: midnight },
    });
  });

  it("a full prefix, a full country, and the operator's override", async () => {
    const admin = await createAdminWorld();
    const { world } = admin;
    await fill(world, numberOf);
    await startFrom(world, 1, numberOf(5));
    expect(newest(world).decision).toMatchObject({
      verdict: "refuse",
      rules: "prefix:challenge country:challenge",
      by: "prefix:challenge",
      until: after(12 * 60),
    });
    await admin.pull({ country: "US", set: "hold_up", seconds: 7200 });
    await startFrom(world, 2, numberOf(6));
    expect(newest(world).decision).toMatchObject({
      rules: "prefix:challenge country:hold_up",
      by: "country:hold_up",
      until: after(7200),
    });
    await admin.pull({ prefix: "+1201555", set: "hold_up", seconds: 600 });
    await startFrom(world, 3, numberOf(6));
    expect(newest(world).decision).toMatchObject({ by: "prefix:hold_up", until: after(600) });
  });

  it("a required captcha, which has no end", async () => {
    const world = await createWorld({ env: turnstile("always") });
    await startFrom(world, 1, to);
    const { decision } = newest(world);
    expect(decision).toMatchObject({ verdict: "challenge", by: "captcha:always" });
    expect(decision).not.toHaveProperty("until");
    const full = await createWorld({ env: turnstile("risky") });
    await fill(full, spreadOver);
    await startFrom(full, 1, spreadOver(5));
    expect(newest(full).decision).toMatchObject({ verdict: "challenge", by: "country:challenge" });
  });

  it("a required captcha for a service key, which cannot send one", async () => {
    const world = await createBackendWorld({
      ...turnstile("always"),
      LIMIT_SEND_PER_PHONE: "1/1h",
    });
    await startAs(world, bankKey, { to });
    await world.post("/v1/verifications", { to }, asBackend(bankKey));
    expect(decisions(world)).toMatchObject([
      { verdict: "pass", caller: "service" },
      { verdict: "refuse", caller: "service", by: "number:window" },
    ]);
    for (const line of decisions(world)) expect(line).not.toHaveProperty("captcha");
  });
});

describe("the log of a refused resend or check", () => {
  it("names the cooldown, the window and their ends", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_PHONE: "1/1h" } });
    const { id } = await start(world, to);
    const resend = () => world.post(`/v1/verifications/${id}/resend`, {});
    await resend();
    expect(newest(world)).toMatchObject({
      decision: { verdict: "refuse", by: "number:cooldown", until: after(30) },
      refusal: { step: "resend", reason: "cooldown", until: after(30) },
    });
    world.clock.nowMs += 30_000;
    await resend();
    expect(newest(world).decision).toMatchObject({ by: "number:window", until: after(3600) });
    expect(newest(world).decision).not.toHaveProperty("captcha");
  });

  it("names the end of a lock", async () => {
    const env = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
    const world = await createWorld({ env });
    const first = await start(world, to);
    const second = await start(world, to);
    const third = await start(world, to);
    await checkWrong(world, first.id, first.code, 5);
    await checkWrong(world, second.id, second.code, 5);
    await world.post(`/v1/verifications/${third.id}/check`, { code: third.code });
    expect(newest(world).refusal).toMatchObject({
      step: "check",
      reason: "locked",
      until: after(15 * 60),
    });
  });
});

describe.each(engines)("engine $engine: the lines of one verification", ({ env }) => {
  it("share its log name and Twilio's sids, from the start to the approval", async () => {
    const world = await createWorld({ env });
    const { id, code } = await start(world, to);
    world.clock.nowMs += 31_000;
    await world.post(`/v1/verifications/${id}/resend`, {});
    await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) });
    await world.post(`/v1/verifications/${id}/check`, { code });
    await world.post(`/v1/verifications/${id}/check`, { code });
    const ofIt = [
      "verification.started",
      "verification.resent",
      "verification.refused",
      "verification.approved",
      "session.opened",
    ].flatMap((event) => logged(world, event));
    const [{ verification } = {}] = ofIt;
    expect(verification).toMatch(/^[a-p]{16}$/);
    expect(ofIt.map((line) => line.verification)).toEqual(Array(6).fill(verification));
    const sid = expect.stringMatching(/^(VE|SM)[0-9a-f]{32}$/) as unknown;
    for (const event of ["verification.started", "verification.resent", "verification.approved"])
      expect(logged(world, event)).toMatchObject([{ sid }]);
    // The log name is not part of the id.
    expect(id).not.toContain(String(verification));
  });
});

it("no request logs both the prefix and the last digits of a number", async () => {
  const { world, pull } = await createAdminWorld();
  await signIn(world, numberOf(7));
  await fill(world, numberOf);
  await pull({ prefix: "+1201555", set: "hold_up" });
  for (let index = 3; index < 6; index += 1) await startFrom(world, index, numberOf(index));
  const lines = world.lines.map((line): Record<string, unknown> => JSON.parse(line));
  expect(lines.some(({ prefix }) => prefix === "+1201555••••")).toBe(true);
  const withPrefix = lines.filter((line) => JSON.stringify(line).includes("1201555"));
  const requests = new Set(withPrefix.map((line) => line.request_id));
  for (const line of lines.filter((each) => requests.has(each.request_id)))
    expect(line).not.toHaveProperty("to");
});

async function createAdminWorld() {
  const key = `sk_${"a".repeat(43)}`;
  const { entry } = await serviceKey("ops", ["admin"], key);
  const world = await createWorld({ env: { ...guarded, SERVICE_KEYS: JSON.stringify([entry]) } });
  const pull = async (lever: object) =>
    expect((await world.post("/v1/admin/guard", lever, asBackend(key))).status).toBe(204);
  return { world, pull };
}
