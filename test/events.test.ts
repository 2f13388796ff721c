import { describe, expect, it } from "vitest";
import { commonFields, vocabulary, type Log } from "../src/events.ts";
import { signIn } from "./helpers/session.ts";
import { createWorld, start, wrong, type World } from "./helpers/world.ts";

const to = "+12015550123";

const linesOf = (world: World) =>
  world.lines.map((line): Record<string, unknown> => JSON.parse(line));
const named = (world: World, event: string) =>
  linesOf(world).filter((line) => line.event === event);

const fieldsOf = (kinds: Readonly<Record<string, string>>) =>
  new Set(Object.keys(kinds).map((name) => name.replace(/\?$/, "")));

/** Lines whose event or fields the vocabulary does not know. */
function strangers(world: World): unknown[] {
  const tables = new Map<unknown, Readonly<Record<string, string>>>(Object.entries(vocabulary));
  const common = fieldsOf(commonFields);
  return linesOf(world).filter(({ event, ...fields }) => {
    const table = tables.get(event);
    if (table === undefined) return true;
    const own = fieldsOf(table);
    return Object.keys(fields).some((name) => !own.has(name) && !common.has(name));
  });
}

/** A sequence of requests that logs every event, except the events of failures. */
async function live(world: World): Promise<void> {
  const session = await signIn(world, to);
  const { id, code } = await start(world, "+12015550124");
  world.clock.nowMs += 31_000;
  await world.post(`/v1/verifications/${id}/resend`, {});
  await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) });
  await world.send(`/v1/verifications/${id}`, { method: "DELETE" });
  const refreshed = await world.post("/v1/sessions/refresh", {
    refresh_token: session.refresh_token,
  });
  const next = await refreshed.json<{ access_token: string }>();
  world.clock.nowMs += 11_000;
  await world.post("/v1/sessions/refresh", { refresh_token: session.refresh_token });
  await world.send("/v1/sessions/current", {
    method: "DELETE",
    headers: { authorization: `Bearer ${next.access_token}` },
  });
  await world.post("/v1/verifications", { to: "+12015550163" });
  await world.send("/nothing");
}

describe("the log", () => {
  it("has only events of the vocabulary, and they tell the life of a verification", async () => {
    const world = await createWorld();
    await live(world);
    expect(strangers(world)).toEqual([]);
    const events = linesOf(world).map(({ event }) => event);
    for (const event of [
      "verification.started",
      "verification.resent",
      "verification.approved",
      "verification.refused",
      "verification.canceled",
      "session.opened",
      "session.refreshed",
      "session.reuse_detected",
      "provider.error",
      "guard.decision",
      "request.refused",
    ])
      expect(events).toContain(event);
  });

  it.each([
    ["verify", {}, ["kv", "phone_ledger", "send_budget", "twilio.verify"]],
    [
      "messaging",
      { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" },
      ["kv", "phone_ledger", "send_budget", "twilio.api"],
    ],
  ])(
    "with engine %s a start names its request, Twilio's, number, country, data centre and hops",
    async (_, env, hops) => {
      const world = await createWorld({ env });
      const answer = await world.send("/v1/verifications", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ to }),
        cf: { colo: "VIE" },
      });
      const [line] = named(world, "verification.started");
      expect(line).toEqual({
        event: "verification.started",
        request_id: answer.headers.get("X-Request-Id"),
        provider_request_id: expect.stringMatching(/^RQ[0-9a-f]{32}$/) as string,
        to: "+1•••••0123",
        verification: expect.stringMatching(/^[a-p]{16}$/) as string,
        sid: expect.stringMatching(/^(VE|SM)[0-9a-f]{32}$/) as string,
        country: "US",
        colo: "VIE",
        channel: "sms",
        purpose: "sign_in",
        ms: 0,
        hops: Object.fromEntries(hops.map((hop) => [hop, 0])),
      });
    },
  );

  it("measures a hop in milliseconds, by the injected clock", async () => {
    const world: World = await createWorld({
      network: async (request, twin) => {
        world.clock.nowMs += 104;
        return twin(request);
      },
    });
    await world.post("/v1/verifications", { to });
    expect(named(world, "verification.started")).toMatchObject([
      { ms: 104, hops: { "twilio.verify": 104 } },
    ]);
  });

  it("logs each refusal once, with the step that refused", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) });
    await world.post(`/v1/verifications/${id}/resend`, {});
    await world.post("/v1/verifications", { to: "+19002345678" });
    expect(named(world, "verification.refused")).toMatchObject([
      { step: "check", reason: "wrong_code", country: "US" },
      { step: "resend", reason: "cooldown", country: "US" },
      { step: "start", reason: "unsupported_number_type", channel: "sms", purpose: "sign_in" },
    ]);
  });

  it("has the price of a send if prices are set", async () => {
    const world = await createWorld({
      env: {
        BUDGET_MONEY: "50USD/1d",
        COUNTRY_PRICES: "US:0.0083,*:0.10,*/call:0.3,*/whatsapp:0.05",
      },
    });
    await start(world, to);
    expect(named(world, "verification.started")).toMatchObject([{ price: 0.0083 }]);
  });

  it("names version and commit with an isolate's first request", async () => {
    const world = await createWorld();
    await start(world, to);
    await start(world, "+12015550188");
    const build = { version: "1.2.3", commit: "8c89e730fd5dc1a7ca4a2e1b3a8f51a2d9e0c4b7" };
    expect(named(world, "isolate.started")).toMatchObject([build]);
  });

  it("names wrong settings once per isolate, without their values", async () => {
    const world = await createWorld({ env: { SUBJECT_KEY: "Marker7Q", PEPPERS: undefined } });
    await world.send("/v1/sessions");
    await world.send("/healthz");
    const told = named(world, "config.invalid");
    expect(told).toMatchObject([{ level: "alert", names: "SUBJECT_KEY PEPPERS" }]);
    expect(world.lines.join()).not.toContain("Marker7Q");
  });
});

describe("the vocabulary", () => {
  const log: Log = () => undefined;

  it("is a type: what is not in it does not compile", () => {
    log("session.opened", { id: "ses_1" });
    log("provider.error", { error: "refused", provider_code: undefined });
    // @ts-expect-error no such event
    log("session.opend", { id: "ses_1" });
    // @ts-expect-error a field of another event
    log("session.opened", { id: "ses_1", channel: "sms" });
    // @ts-expect-error a field is missing
    log("session.opened", {});
    // @ts-expect-error a number where a text belongs
    log("session.opened", { id: 1 });
    const more = { id: "ses_1", code: "123456" };
    // @ts-expect-error an unknown field in a spread
    log("session.opened", { ...more });
    // @ts-expect-error the number is a field of the request's own event, where it is masked
    log("verification.approved", { channel: "sms", purpose: "sign_in", to: "+12015550123" });
    expect(Object.keys(vocabulary)).toContain("session.opened");
  });
});
