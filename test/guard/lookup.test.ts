import { describe, expect, it } from "vitest";
import { holdTimers } from "../helpers/held-timers.ts";
import {
  decisions,
  guarded,
  logged,
  solved,
  startFrom,
  turnstile,
  watchedWorld,
} from "../helpers/guard.ts";
import { from, kindOf, textsAskedFor } from "../helpers/racing.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** Limits of one send, so that a missing release is noticed. */
const tight = { LIMIT_SEND_PER_PHONE: "1/1d", LIMIT_SEND_TOTAL: "1/1d" };
const on = { ...guarded, LOOKUP: "on" };
const dayMs = 24 * 60 * 60 * 1000;

const ordinary = "+12015550123";
const landline = "+12015550150";
const fixedVoip = "+12015550151";
const otherVoip = "+12015550152";
const pumping = "+12015550153";
const blocked = "+12015550154";
const unknown = "+12015550155";
const failingNumber = "+12015550156";

const lookups = (world: World) =>
  world.outgoing.filter(({ url }) => url.includes("/v2/PhoneNumbers/"));

/** Expects that the day and the number still allow their one send. */
async function isAllGivenBack(world: World, to: string, more: object = {}): Promise<void> {
  const answer = await startFrom(world, 9, to, { ...more });
  expect(answer.status).toBe(201);
  expect(await kindOf(await startFrom(world, 8, ordinary))).toBe("503 send_budget_exhausted");
}

describe("a landline", () => {
  it("is 422 for a text with a call suggested, and a call is made", async () => {
    const world = await createWorld({ env: { ...on, ...tight } });
    const answer = await startFrom(world, 1, landline);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      code: "channel_unavailable",
      suggested_channels: ["call"],
    });
    expect(textsAskedFor(world)).toHaveLength(0);
    expect(decisions(world)).toMatchObject([{ verdict: "refuse", rules: "line:landline" }]);
    await isAllGivenBack(world, landline, { channel: "call" });
  });

  it("gets no suggestion if only texts can be sent", async () => {
    const env = { ...on, OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
    const world = await createWorld({ env });
    const answer = await startFrom(world, 1, landline);
    expect(await answer.json()).toMatchObject({
      code: "channel_unavailable",
      suggested_channels: [],
    });
  });
});

describe.each([
  ["voip", fixedVoip],
  ["voip", otherVoip],
  ["pumping", pumping],
  ["pumping", blocked],
])("the rule %s, for %s,", (rule, to) => {
  const refused = rule === "voip" ? "422 unsupported_number_type" : "429 rate_limited";
  const spoken = rule === "voip" ? "line:voip" : "line:pumping";
  it.each([
    ["off", "201", "201", ""],
    ["record", "201", "201", spoken],
    ["challenge", "403 captcha_required", "201", spoken],
    ["refuse", refused, refused, spoken],
  ])("%s: %s, with a captcha %s", async (mode, without, withOne, rules) => {
    const env = { ...turnstile("risky"), LOOKUP: "on", GUARD_RULES: `${rule}:${mode}` };
    const world = await createWorld({ env });
    expect(await kindOf(await startFrom(world, 1, to))).toBe(without);
    expect(decisions(world)).toMatchObject([{ rules, country: "US" }]);
    const captcha_token = solved();
    expect(await kindOf(await startFrom(world, 2, to, { captcha_token }))).toBe(withOne);
    expect(lookups(world)).toHaveLength(1);
  });

  it("reserves nothing for a start that needs a captcha", async () => {
    const env = { ...turnstile("risky"), ...tight, LOOKUP: "on" };
    const world = await createWorld({ env });
    for (let tries = 0; tries < 3; tries += 1)
      expect(await kindOf(await startFrom(world, tries, to))).toBe("403 captcha_required");
    await isAllGivenBack(world, to, { captcha_token: solved() });
  });

  it("only records without a configured captcha", async () => {
    const world = await createWorld({ env: on });
    expect((await startFrom(world, 1, to)).status).toBe(201);
    expect(decisions(world)).toMatchObject([{ verdict: "pass", rules: spoken, captcha: "off" }]);
  });
});

describe("Lookup", () => {
  it("is not called if it is off", async () => {
    const world = await createWorld({ env: guarded });
    expect((await startFrom(world, 1, landline)).status).toBe(201);
    expect(lookups(world)).toHaveLength(0);
  });

  it("is one more call to Twilio, after the one hop, for a new number", async () => {
    const { world, calls } = await watchedWorld(on);
    expect((await startFrom(world, 1, ordinary)).status).toBe(201);
    const twilio = calls.filter((name) => ["lookup", "twilio"].includes(name));
    expect(twilio).toEqual(["lookup", "twilio"]);
    for (const name of ["LIMITS.get", "PHONE_LEDGER.beginStart", "SEND_BUDGET.reserve"])
      expect(calls.indexOf(name)).toBeLessThan(calls.indexOf("lookup"));
    expect(lookups(world)[0]?.url).toContain(
      "/v2/PhoneNumbers/%2B12015550123?Fields=line_type_intelligence,sms_pumping_risk",
    );
  });

  it("is stored for thirty days", async () => {
    const world = await createWorld({ env: on });
    await startFrom(world, 1, landline);
    world.clock.nowMs += 30 * dayMs - 1000;
    await startFrom(world, 2, landline);
    expect(lookups(world)).toHaveLength(1);
    world.clock.nowMs += 2000;
    expect((await startFrom(world, 3, landline)).status).toBe(422);
    expect(lookups(world)).toHaveLength(2);
  });

  it("is used for a verified number like for any other, but not for a known device", async () => {
    const env = { ...on, GUARD_RULES: "prefix:off,country:off" };
    const world = await createWorld({ env });
    const started = await startFrom(world, 1, landline, { channel: "call" });
    const { id } = await started.json<{ id: string }>();
    const [newest] = await world.inbox(landline);
    const path = `/v1/verifications/${id}/check`;
    const approved = await world.post(path, { code: newest?.code }, from(1));
    const { device_token } = await approved.json<{ device_token: string }>();
    expect(await kindOf(await startFrom(world, 2, landline))).toBe("422 channel_unavailable");
    expect(lookups(world)).toHaveLength(1);
    world.clock.nowMs += 31 * dayMs;
    expect((await startFrom(world, 3, landline, { device_tokens: [device_token] })).status).toBe(
      201,
    );
    expect(lookups(world)).toHaveLength(1);
    expect(await kindOf(await startFrom(world, 4, landline))).toBe("422 channel_unavailable");
    expect(lookups(world)).toHaveLength(2);
  });

  it("that reports an invalid number: 422, nothing is sent, and everything is given back", async () => {
    const { world } = await watchedWorld({ ...on, ...tight }, undefined, (request, twin) =>
      request.url.includes(`/PhoneNumbers/${encodeURIComponent(ordinary)}`)
        ? Promise.resolve(Response.json({ phone_number: ordinary, valid: false }))
        : twin(request),
    );
    expect(await kindOf(await startFrom(world, 1, ordinary))).toBe("422 invalid_phone_number");
    expect(decisions(world)).toMatchObject([{ verdict: "refuse", rules: "line:invalid" }]);
    expect(textsAskedFor(world)).toHaveLength(0);
    expect((await startFrom(world, 2, "+12015550124")).status).toBe(201);
  });

  it.each(["tollFree", "premium", "sharedCost", "personal", "uan", "pager", "voicemail"])(
    "that reports the line type %s: 422, even with a captcha",
    async (type) => {
      const env = { ...turnstile("always"), LOOKUP: "on" };
      const { world } = await watchedWorld(env, undefined, (request, twin) =>
        request.url.includes("/v2/PhoneNumbers/")
          ? Promise.resolve(
              Response.json({
                phone_number: ordinary,
                valid: true,
                line_type_intelligence: { type },
              }),
            )
          : twin(request),
      );
      const captcha_token = solved();
      expect(await kindOf(await startFrom(world, 1, ordinary, { captcha_token }))).toBe(
        "422 unsupported_number_type",
      );
      expect(textsAskedFor(world)).toHaveLength(0);
    },
  );

  it.each([
    ["knows nothing of the line", unknown, 0],
    ["fails for the number", failingNumber, 1],
  ])("that %s allows the start", async (_name, to, failed) => {
    const world = await createWorld({ env: on });
    expect((await startFrom(world, 1, to)).status).toBe(201);
    expect(logged(world, "lookup.failed")).toHaveLength(failed);
  });

  it.each([
    ["is down", { status: 500 }, "server_error"],
    ["answers with a page", { status: 200, body: "html" }, "bad_response"],
    ["breaks off", { body: "truncated" }, "bad_response"],
    ["resets the connection", { body: "reset" }, "network"],
    ["refuses us", { count: 1, status: 401, code: 20003 }, "refused"],
    ["has too many requests", { status: 429, code: 20429 }, "refused"],
  ])("that %s allows the start, and is logged", async (_name, fault, reason) => {
    const world = await createWorld({ env: on });
    await world.fault({ product: "lookup", count: 2, ...fault });
    expect((await startFrom(world, 1, landline)).status).toBe(201);
    expect(textsAskedFor(world)).toHaveLength(1);
    expect(logged(world, "lookup.failed")).toMatchObject([{ level: "warning", reason }]);
    // There was no answer, so nothing is stored.
    expect((await startFrom(world, 2, landline)).status).toBe(422);
  });

  it("delays a start by at most five seconds, and then allows it", async () => {
    const { world } = await watchedWorld(on, undefined, (request, twin) => {
      if (!request.url.includes("/v2/PhoneNumbers/")) return twin(request);
      timers.expire(5000);
      return new Promise(() => undefined);
    });
    const timers = holdTimers();
    expect((await startFrom(world, 1, ordinary)).status).toBe(201);
    expect(logged(world, "lookup.failed")).toMatchObject([{ reason: "timeout" }]);
  });

  it("about another number is ignored", async () => {
    const { world } = await watchedWorld(on, undefined, (request, twin) =>
      request.url.includes("/v2/PhoneNumbers/")
        ? Promise.resolve(Response.json({ phone_number: "+12015550199", valid: false }))
        : twin(request),
    );
    expect((await startFrom(world, 1, ordinary)).status).toBe(201);
    expect(logged(world, "lookup.failed")).toMatchObject([{ reason: "bad_response" }]);
  });
});
