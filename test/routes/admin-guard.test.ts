import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { guardReport, type GuardReport } from "../../src/contract/guard.ts";
import { asBackend, bankKey, serviceKey } from "../helpers/backend.ts";
import { allFailures, failing, failures } from "../helpers/failing.ts";
import {
  fill,
  guarded,
  logged,
  numberOf,
  solved,
  spreadOver,
  startFrom,
  turnstile,
} from "../helpers/guard.ts";
import { kindOf } from "../helpers/racing.ts";
import { signIn } from "../helpers/session.ts";
import { createWorld, type World } from "../helpers/world.ts";

const path = "/v1/admin/guard";
const adminKey = `sk_${"a".repeat(43)}`;
const otherKey = `sk_${"o".repeat(43)}`;
const readerKey = `sk_${"r".repeat(43)}`;
const actingKey = `sk_${"t".repeat(43)}`;
const asAdmin = asBackend(adminKey);

async function adminWorld(env: Record<string, unknown> = {}): Promise<World> {
  const admin = await serviceKey("ops", ["admin"], adminKey);
  const bank = await serviceKey("bank", ["sign_in"], bankKey);
  const other = await serviceKey("reports", [], otherKey, ["introspect", "subjects", "twilio"]);
  const reader = await serviceKey("viewer", [], readerKey, ["admin:read"]);
  const acting = await serviceKey("acting", [], actingKey, ["admin"]);
  const keys = [admin, bank, other, reader, acting];
  const SERVICE_KEYS = JSON.stringify(keys.map(({ entry }) => entry));
  return createWorld({ env: { ...guarded, SERVICE_KEYS, ...env } });
}

async function report(world: World): Promise<GuardReport> {
  const answer = await world.send(path, { headers: asAdmin });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  return v.parse(guardReport, await answer.json());
}

const pull = (world: World, lever: unknown, headers = asAdmin) => world.post(path, lever, headers);

/** One breaker in the report. */
async function breaker(world: World, name: string) {
  const { breakers } = await report(world);
  return breakers.find(({ country, prefix }) => (country ?? prefix) === name);
}

describe("the guard's route", () => {
  it("needs the scope admin:read for reading, and the scope admin for setting a lever", async () => {
    const world = await adminWorld();
    const lever = { country: "US", set: "hold_up" };
    for (const key of [readerKey, actingKey, adminKey])
      expect((await world.send(path, { headers: asBackend(key) })).status).toBe(200);
    expect(await kindOf(await pull(world, lever, asBackend(readerKey)))).toBe(
      "403 insufficient_scope",
    );
    for (const key of [actingKey, adminKey])
      expect((await pull(world, lever, asBackend(key))).status).toBe(204);
  });

  it.each([
    ["without a key", {}, "401 invalid_service_key"],
    ["with a wrong key", asBackend(`sk_${"x".repeat(43)}`), "401 invalid_service_key"],
    ["with a token that is no key", { Authorization: "Bearer abc" }, "401 invalid_service_key"],
    ["with a key that is not for it", asBackend(bankKey), "403 insufficient_scope"],
    ["with a key of other scopes", asBackend(otherKey), "403 insufficient_scope"],
  ])("%s is refused to be read and to be pulled", async (_name, headers, ending) => {
    const world = await adminWorld();
    expect(await kindOf(await world.send(path, { headers }))).toBe(ending);
    const lever = { country: "US", set: "hold_up" };
    expect(await kindOf(await pull(world, lever, headers))).toBe(ending);
    // The body is not parsed.
    expect(await kindOf(await pull(world, { set: "nothing" }, headers))).toBe(ending);
    expect((await startFrom(world, 1, numberOf(0))).status).toBe(201);
  });

  it("an admin's key cannot start a verification", async () => {
    const world = await adminWorld();
    const answer = await world.post("/v1/verifications", { to: numberOf(0) }, asAdmin);
    expect(await kindOf(answer)).toBe("403 insufficient_scope");
  });

  it.each(["PUT", "DELETE", "PATCH"])("%s is 405 and names the allowed methods", async (method) => {
    const world = await adminWorld();
    const answer = await world.send(path, { method, headers: asAdmin });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("Allow")).toBe("GET, POST");
  });

  it.each([
    ["nothing", {}],
    ["no target", { set: "reset" }],
    ["two targets", { country: "US", failed_checks: true, set: "reset" }],
    ["three targets", { country: "US", prefix: "+1201555", failed_checks: true, set: "reset" }],
    ["no setting", { country: "US" }],
    ["an unknown setting", { country: "US", set: "open" }],
    ["a prefix that is no text", { prefix: 1201555, set: "reset" }],
    ["failed_checks: false", { failed_checks: false, set: "reset" }],
    ["half a minute", { country: "US", set: "hold_up", seconds: 59 }],
    ["more than a week", { country: "US", set: "hold_up", seconds: 604_801 }],
    ["a part of a second", { country: "US", set: "hold_up", seconds: 60.5 }],
    ["an unknown field", { country: "US", set: "reset", until: "tomorrow" }],
  ])("a lever with %s is 400", async (_name, lever) => {
    const world = await adminWorld();
    expect(await kindOf(await pull(world, lever))).toBe("400 invalid_request");
    expect((await report(world)).breakers).toEqual([]);
  });

  it.each([
    ["UK", "did you mean GB?"],
    ["us", "did you mean US?"],

    ["ZZ", "ISO 3166-1"],
    ["England", "ISO 3166-1"],
  ])("a lever on the country %s is 422, and says what would be right", async (country, cure) => {
    const world = await adminWorld();
    const answer = await pull(world, { country, set: "hold_up" });
    expect(await answer.clone().json()).toMatchObject({
      detail: expect.stringContaining(cure) as string,
    });
    expect(await kindOf(answer)).toBe("422 lever_matches_nothing");
    expect((await report(world)).breakers).toEqual([]);
    expect(logged(world, "guard.lever")).toEqual([]);
  });

  it.each([
    ["an area code", "+1303"],
    ["a whole number", "+13035550123"],
    ["a number without its last three digits", "+13035550"],
    ["a prefix without its plus", "1201555"],
    ["a range that no plan has", "+1999555"],
    ["a premium range, which is refused anyway", "+1900234"],
    ["a word", "Denver"],
  ])("a lever on %s is 422, and says what a prefix is", async (_name, prefix) => {
    const world = await adminWorld();
    const answer = await pull(world, { prefix, set: "hold_up" });
    expect(await answer.clone().json()).toMatchObject({
      detail: expect.stringContaining("the number without its last four digits") as string,
    });
    expect(await kindOf(answer)).toBe("422 lever_matches_nothing");
    expect((await report(world)).breakers).toEqual([]);
  });

  it.each([
    ["a country", { country: "GB" }],
    ["a prefix", { prefix: "+44740012" }],
  ])("a lever on %s that is not served is 422 and names ALLOWED_COUNTRIES", async (_, target) => {
    const world = await adminWorld({ ALLOWED_COUNTRIES: "US" });
    const answer = await pull(world, { ...target, set: "hold_up" });
    expect(await answer.clone().json()).toMatchObject({
      detail: expect.stringContaining("ALLOWED_COUNTRIES") as string,
    });
    expect(await kindOf(answer)).toBe("422 lever_matches_nothing");
  });

  it.each(["+1 (201) 555", "+683", "+50841", "+491511123", "+1624555"])(
    "accepts the prefix %s, which has numbers",
    async (prefix) => {
      const world = await adminWorld({ EXTRA_NUMBER_RANGES: "+1624" });
      expect((await pull(world, { prefix, set: "hold_up" })).status).toBe(204);
      const [only] = (await report(world)).breakers;
      expect(only?.prefix).toBe(prefix.replaceAll(/[^+\d]/g, ""));
    },
  );

  it("a lever that is no JSON is 415, and a large body is 413", async () => {
    const world = await adminWorld();
    const init = { method: "POST", headers: asAdmin, body: "country=US" };
    expect((await world.send(path, init)).status).toBe(415);
    expect((await pull(world, { country: "U".repeat(9000), set: "reset" })).status).toBe(413);
  });
});

describe("the report", () => {
  it("of a day without a send is empty", async () => {
    const world = await adminWorld();
    expect(await report(world)).toEqual({
      sends: { total: 0, left: 1000, countries: {}, channels: { sms: 0, call: 0, whatsapp: 0 } },
      caps: { total: 1000, countries: {}, reserved_percent: 0 },
      counted_since: "2035-01-02T03:04:05.000Z",
      approved: {},
      refused: {},
      rules: {
        flood: "refuse",
        prefix: "challenge",
        country: "challenge",
        address_countries: "challenge",
        failed_checks: "challenge",
        voip: "challenge",
        pumping: "challenge",
      },
      asks_everybody_until: null,
      breakers: [],
    });
  });

  it("has the day's sends, approvals and refusals, the money, and each breaker", async () => {
    const world = await adminWorld({
      LIMIT_SEND_TOTAL: "5/1d",
      COUNTRY_CAPS: "GB:1/1d",
      COUNTRY_PRICES: "US:0.0083,*:0.1,*/call:0.3,*/whatsapp:0.05",
      BUDGET_MONEY: "1.5USD/1d",
    });
    await signIn(world, "+447400123456");
    await fill(world, numberOf);
    await startFrom(world, 1, numberOf(5));
    await startFrom(world, 2, numberOf(6));
    await startFrom(world, 3, "+447400123457");
    world.clock.nowMs += 1000;
    const seen = await report(world);
    // Approvals and refusals are counted in memory. The report says since when.
    expect(seen.counted_since).toBe("2035-01-02T03:04:05.000Z");
    world.clock.nowMs -= 1000;
    expect(seen).toMatchObject({
      sends: { total: 4, left: 1, countries: { US: 3, GB: 1 } },
      caps: { total: 5, countries: { GB: 1 }, reserved_percent: 0 },
      money: { currency: "USD", spent: 0.1249, budget: 1.5 },
      approved: { GB: 1 },
      // The country was full too, and refused no caller.
      refused: { prefix: { US: 2 }, send_budget_exhausted: { GB: 1 } },
    });
    const names = seen.breakers.map((each) => each.country ?? each.prefix);
    expect(new Set(names)).toEqual(new Set(["+1201555", "+44740012", "GB", "US"]));
    expect(names).toHaveLength(4);
    // One send more would pass the hour's capacity. It leaks 3⅓ an hour, so there is room after 12 minutes.
    const full = {
      is_full: true,
      full_until: "2035-01-02T03:16:05.000Z",
      full_because: "hour",
      day: { level: 3, capacity: 20 },
      hour: { level: 3, capacity: 3.33 },
    };
    expect(await breaker(world, "+1201555")).toEqual({
      prefix: "+1201555",
      ...full,
      today: { sent: 3, approved: 0, refused: 2 },
    });
    expect(await breaker(world, "+44740012")).toMatchObject({
      today: { sent: 1, approved: 1, refused: 1 },
    });
    expect(await breaker(world, "US")).toEqual({ country: "US", ...full });
  });

  it("starts again each day, except its breakers", async () => {
    const world = await adminWorld();
    await fill(world, numberOf);
    world.clock.nowMs = Date.parse("2035-01-03T00:00:01Z");
    const seen = await report(world);
    const channels = { sms: 0, call: 0, whatsapp: 0 };
    expect(seen.sends).toEqual({ total: 0, left: 1000, countries: {}, channels });
    expect(seen.counted_since).toBe("2035-01-03T00:00:00.000Z");
    expect(seen.breakers).toHaveLength(2);
    expect(await breaker(world, "+1201555")).toMatchObject({
      today: { sent: 0, approved: 0, refused: 0 },
    });
  });

  it("shows a prefix whose pepper was removed by its key, never in clear", async () => {
    const world = await adminWorld();
    await fill(world, numberOf);
    const { randomKey } = await import("../helpers/keys.ts");
    // Settings are memoised by their object.
    const settings = { ...world.settings, PEPPERS: `2:${randomKey()}` };
    Object.assign(world, { settings });
    const answer = await world.app.fetch(
      new Request(`http://127.0.0.1:8787${path}`, { headers: asAdmin }),
      settings,
    );
    const { breakers } = v.parse(guardReport, await answer.json());
    expect(JSON.stringify(breakers)).not.toContain("1201555");
    expect(breakers.filter(({ prefix }) => prefix !== undefined)).toHaveLength(1);
  });
});

describe.each<[string, Record<string, string>]>([
  ["no captcha", {}],
  ["TURNSTILE=risky", turnstile("risky")],
  ["rules that are off", { GUARD_RULES: "prefix:off,country:off" }],
  ["rules that refuse", { GUARD_RULES: "prefix:refuse,country:refuse" }],
  ["GUARD_RECORD=on", { GUARD_RECORD: "on" }],
])("with %s an operator's word", (_settings, env) => {
  it.each([
    ["country", { country: "US" }],
    ["prefix", { prefix: "+1201555" }],
  ])("holds up a %s, for a captcha and for a backend too, until its end", async (_, target) => {
    const world = await adminWorld(env);
    const captcha = env.TURNSTILE === undefined ? {} : { captcha_token: solved() };
    const { device_token } = await signIn(world, numberOf(9));
    const ask = async (more = {}, headers = {}) =>
      (await startFrom(world, 1, numberOf(1), more, headers)).status;
    expect((await pull(world, { ...target, set: "hold_up", seconds: 600 })).status).toBe(204);
    expect(await ask()).toBe(429);
    expect(await ask(captcha)).toBe(429);
    expect(await ask({}, asBackend(bankKey))).toBe(429);
    const ofDevice = await startFrom(world, 1, numberOf(9), { device_tokens: [device_token] });
    expect(ofDevice.status).toBe(201);
    world.clock.nowMs += 600_000;
    expect(await ask()).toBe(201);
  });

  it.each([
    ["country", { country: "US" }, spreadOver],
    ["prefix", { prefix: "+1201555" }, numberOf],
  ])("lets a full %s pass", async (_, target, numbers) => {
    const world = await adminWorld(env);
    await fill(world, numbers);
    await pull(world, { ...target, set: "let_pass", seconds: 600 });
    // An isolate remembers for a minute that a captcha was required.
    world.clock.nowMs += 60_000;
    for (let index = 3; index < 9; index += 1)
      expect((await startFrom(world, index, numbers(index))).status).toBe(201);
  });

  it("on a prefix takes precedence over the lever on its country", async () => {
    const world = await adminWorld(env);
    await pull(world, { country: "US", set: "hold_up" });
    await pull(world, { prefix: "+1201555", set: "let_pass" });
    expect((await startFrom(world, 1, numberOf(1))).status).toBe(201);
    expect((await startFrom(world, 2, spreadOver(0))).status).toBe(429);
    await pull(world, { country: "US", set: "let_pass" });
    await pull(world, { prefix: "+1201555", set: "hold_up" });
    expect((await startFrom(world, 3, numberOf(2))).status).toBe(429);
    expect((await startFrom(world, 4, spreadOver(1))).status).toBe(201);
  });

  it("by failed_checks holds up callers without a captcha", async () => {
    const world = await adminWorld(env);
    await pull(world, { failed_checks: true, set: "hold_up" });
    const answer = await startFrom(world, 1, numberOf(1));
    const captchaIsAsked = env.TURNSTILE !== undefined;
    expect(answer.status).toBe(captchaIsAsked ? 403 : 429);
    if (captchaIsAsked) {
      const solving = { captcha_token: solved() };
      expect((await startFrom(world, 1, numberOf(1), solving)).status).toBe(201);
    }
    expect((await startFrom(world, 1, numberOf(2), {}, asBackend(bankKey))).status).toBe(201);
    await pull(world, { failed_checks: true, set: "let_pass" });
    world.clock.nowMs += 60_000;
    expect((await startFrom(world, 2, numberOf(3))).status).toBe(201);
  });
});

describe("a lever", () => {
  it.each([
    ["the country", { country: "US" }, "US"],
    ["the prefix", { prefix: "+1201555" }, "+1201555"],
  ])("holds %s up, lets it pass, and is over when its time is", async (_name, target, name) => {
    const world = await adminWorld(turnstile("risky"));
    const ask = async (index: number) => (await startFrom(world, index, numberOf(index))).status;
    expect((await pull(world, { ...target, set: "hold_up", seconds: 600 })).status).toBe(204);
    expect(await breaker(world, name)).toMatchObject({
      is_full: true,
      full_until: "2035-01-02T03:14:05.000Z",
      full_because: "lever",
      lever: "hold_up",
      lever_until: "2035-01-02T03:14:05.000Z",
    });
    expect(await ask(1)).toBe(429);
    world.clock.nowMs += 601_000;
    expect(await breaker(world, name)).not.toHaveProperty("lever");
    expect(await ask(2)).toBe(201);
    expect((await pull(world, { ...target, set: "let_pass", seconds: 600 })).status).toBe(204);
    expect(await breaker(world, name)).toMatchObject({
      is_full: false,
      lever: "let_pass",
      lever_until: "2035-01-02T03:24:06.000Z",
    });
  });

  it("lets a full prefix pass for an hour by default", async () => {
    const world = await adminWorld({
      GUARD_RULES: "country:off",
      GUARD_CONVERSION: "hours_per_day:1",
    });
    for (let index = 0; index < 20; index += 1) await startFrom(world, index, numberOf(index));
    expect((await startFrom(world, 1, numberOf(30))).status).toBe(429);
    await pull(world, { prefix: "+1201555", set: "let_pass" });
    expect((await startFrom(world, 1, numberOf(30))).status).toBe(201);
    world.clock.nowMs += 3_599_000;
    expect((await startFrom(world, 2, numberOf(31))).status).toBe(201);
    world.clock.nowMs += 2000;
    const { lever } = { lever: undefined, ...(await breaker(world, "+1201555")) };
    expect(lever).toBeUndefined();
  });

  it("resets a full prefix: its unconfirmed sends are deleted", async () => {
    const world = await adminWorld();
    await fill(world, numberOf);
    expect((await startFrom(world, 1, numberOf(5))).status).toBe(429);
    await pull(world, { prefix: "+1201555", set: "reset" });
    expect(await breaker(world, "+1201555")).toMatchObject({ is_full: false, day: { level: 0 } });
    expect((await startFrom(world, 1, numberOf(5))).status).toBe(201);
  });

  it("on a prefix without sends is shown as that prefix", async () => {
    const world = await adminWorld();
    await pull(world, { prefix: "+491511123", set: "hold_up" });
    expect((await report(world)).breakers).toMatchObject([
      { prefix: "+491511123", lever: "hold_up" },
    ]);
  });

  it("asks all callers for a captcha, then none, and then resets", async () => {
    const world = await adminWorld({ ...turnstile("risky"), GUARD_RULES: "country:off" });
    const ask = async (index: number) => (await startFrom(world, index, spreadOver(index))).status;
    await pull(world, { failed_checks: true, set: "hold_up", seconds: 600 });
    expect((await report(world)).asks_everybody_until).toBe("2035-01-02T03:14:05.000Z");
    expect(await ask(1)).toBe(403);
    await pull(world, { failed_checks: true, set: "let_pass", seconds: 60 });
    expect((await report(world)).asks_everybody_until).toBeNull();
    // The isolate remembers for a minute that it required a captcha.
    world.clock.nowMs += 59_999;
    expect(await ask(2)).toBe(403);
    world.clock.nowMs += 61_000;
    expect(await ask(3)).toBe(403);
    await pull(world, { failed_checks: true, set: "reset" });
    expect((await report(world)).asks_everybody_until).toBeNull();
    world.clock.nowMs += 61_000;
    expect(await ask(4)).toBe(201);
  });

  it("is logged with the acting client, its target and its end, without the key", async () => {
    const world = await adminWorld();
    await pull(world, { country: "US", set: "hold_up", seconds: 600 });
    await pull(world, { prefix: "+1201555", set: "let_pass" });
    await pull(world, { prefix: "+1201555", set: "reset" });
    await pull(world, { failed_checks: true, set: "hold_up" });
    expect(logged(world, "guard.lever")).toMatchObject([
      {
        country: "US",
        set: "hold_up",
        until: "2035-01-02T03:14:05.000Z",
        client_id: "ops",
      },
      { prefix: "+1201555••••", set: "let_pass", until: "2035-01-02T04:04:05.000Z" },
      { prefix: "+1201555••••", set: "reset", client_id: "ops" },
      { failed_checks: true, set: "hold_up" },
    ]);
    for (const secret of [adminKey, String(world.settings.PEPPERS).slice(2)])
      expect(world.lines.join("\n")).not.toContain(secret);
  });
});

describe("a budget that fails", () => {
  it.each(allFailures)("%s: 503 for reading and for setting a lever", async (how) => {
    const world = await adminWorld();
    for (const [method, ask] of [
      ["overview", () => world.send(path, { headers: asAdmin })],
      ["pull", () => pull(world, { country: "US", set: "hold_up" })],
    ] as const) {
      const store = failing(`SEND_BUDGET.${method}`, how);
      Object.assign(world.settings, store.bindings);
      const answer = await ask();
      expect(answer.headers.get("Retry-After")).toBe("1");
      expect(await kindOf(answer)).toBe("503 store_unavailable");
      expect(store.calls()).toBe(failures[how].isTriedAgain ? 2 : 1);
    }
  });
});
