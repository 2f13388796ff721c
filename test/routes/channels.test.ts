import { reset } from "cloudflare:test";
import { decodeJwt } from "jose";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { channels, type Channel } from "../../src/contract/channels.ts";
import { frontendConfig } from "../../src/contract/frontend-config.ts";
import { asBackend, serviceKey } from "../helpers/backend.ts";
import { guarded, logged, spreadOver, startFrom, watchedWorld } from "../helpers/guard.ts";
import { from, inParallel, kindOf, tally, textsAskedFor } from "../helpers/racing.ts";
import { signIn } from "../helpers/session.ts";
import { createWorld, start, type World } from "../helpers/world.ts";

const to = "+12015550123";
const key = `sk_${"a".repeat(43)}`;
const spent = "503 send_budget_exhausted";
const prices = "US:0.0083,US/call:0.02,*/whatsapp:0.05,*:0.10,*/call:0.30";

const configOf = async (world: World) =>
  v.parse(frontendConfig, await (await world.send("/v1/config")).json());

const resend = (world: World, id: string, body: object = {}) =>
  world.post(`/v1/verifications/${id}/resend`, body, from(1));

const channelsOf = (world: World) => textsAskedFor(world).map(({ form }) => form.Channel);

describe("a channel that is not listed", () => {
  it("is closed: without CHANNELS only texts are sent", async () => {
    const { world, calls } = await watchedWorld({ CHANNELS: "" });
    expect((await configOf(world)).channels).toEqual(["sms"]);
    for (const channel of ["call", "whatsapp"]) {
      const answer = await startFrom(world, 1, to, { channel });
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({
        code: "channel_unavailable",
        suggested_channels: ["sms"],
      });
    }
    expect(calls).toEqual([]);
    expect((await startFrom(world, 1, to)).status).toBe(201);
    expect((await startFrom(world, 1, to, { channel: "sms" })).status).toBe(201);
  });

  it("can be the text: a start without a channel is told which channels are open", async () => {
    const world = await createWorld({ env: { CHANNELS: "whatsapp,call" } });
    expect((await configOf(world)).channels).toEqual(["call", "whatsapp"]);
    const answer = await startFrom(world, 1, to);
    expect(await answer.json()).toMatchObject({
      code: "channel_unavailable",
      suggested_channels: ["call", "whatsapp"],
    });
    expect((await startFrom(world, 1, to, { channel: "call" })).status).toBe(201);
    expect(channelsOf(world)).toEqual(["call"]);
  });

  it("cannot be requested by a resend, and nothing is reserved", async () => {
    const { world, calls } = await watchedWorld({ CHANNELS: "sms,call" });
    const { id } = await start(world, to);
    world.clock.nowMs += 31_000;
    calls.length = 0;
    const answer = await resend(world, id, { channel: "whatsapp" });
    expect(await answer.json()).toMatchObject({
      code: "channel_unavailable",
      suggested_channels: ["sms", "call"],
    });
    expect(calls).toEqual([]);
    expect((await resend(world, id, { channel: "call" })).status).toBe(200);
  });

  it("cannot be used for a resend after it was closed, and the reservation is given back", async () => {
    const before = await createWorld({ env: { LIMIT_SEND_TOTAL: "2/1d" } });
    const { id } = await start(before, to, { channel: "call" });
    const world = await createWorld({ env: { ...before.settings, CHANNELS: "sms" } });
    world.clock.nowMs += 31_000;
    expect(await kindOf(await resend(world, id))).toBe("422 channel_unavailable");
    expect((await resend(world, id, { channel: "sms" })).status).toBe(200);
    expect(channelsOf(world)).toEqual(["sms"]);
  });

  it("is never suggested, neither after Twilio's refusal nor by the type of line", async () => {
    for (const [CHANNELS, suggested_channels] of [
      ["sms", []],
      ["sms,call", ["call"]],
    ] as const) {
      const world = await createWorld({ env: { CHANNELS, LOOKUP: "on", ...guarded } });
      const landline = await startFrom(world, 1, "+12015550150");
      expect(await landline.json()).toMatchObject({ suggested_channels });
      await world.fault({ product: "verify", count: 1, status: 403, code: 60205 });
      const refused = await startFrom(world, 1, to);
      expect(await refused.json()).toMatchObject({
        code: "channel_unavailable",
        suggested_channels,
      });
      await reset();
    }
  });

  it("is closed with codes of our own, also if it is listed", async () => {
    const env = { OTP_ENGINE: "messaging", TWILIO_FROM: "+15005550006" };
    const world = await createWorld({ env });
    expect((await configOf(world)).channels).toEqual(["sms"]);
    const answer = await startFrom(world, 1, to, { channel: "call" });
    expect(await answer.json()).toMatchObject({ suggested_channels: ["sms"] });
  });
});

/** The `amr` of a token (RFC 8176). */
const amrs: Readonly<Record<Channel, string>> = { sms: "sms", call: "tel", whatsapp: "otp" };

describe("a channel that is open", () => {
  const env = { CHANNELS: channels.join(",") };

  it.each(channels)(
    "is %s: its message arrives, and the token names the method",
    async (channel) => {
      const world = await createWorld({ env });
      const { access_token } = await signIn(world, to, { start: { channel } });
      expect(decodeJwt(access_token).amr).toEqual([amrs[channel]]);
      expect(await world.inbox(to)).toMatchObject([{ channel }]);
    },
  );
});

describe("money", () => {
  const money = { BUDGET_MONEY: "1USD/1d", COUNTRY_PRICES: prices };
  const wide = { LIMIT_SEND_PER_IP: "1000/1h" };

  it("is spent by the channel's price, exactly, for parallel starts too", async () => {
    const world = await createWorld({ env: { ...money, ...wide } });
    const call = { channel: "call" };
    const answers = await inParallel(120, (index) =>
      startFrom(world, index, spreadOver(index), call),
    );
    expect(await tally(answers)).toEqual({ "201": 50, [spent]: 70 });
    expect(await kindOf(await startFrom(world, 1, to))).toBe(spent);
  });

  it("is shown by channel in the log and in the operator's view, with each send's price", async () => {
    const { entry } = await serviceKey("ops", ["admin"], key);
    const world = await createWorld({ env: { ...money, SERVICE_KEYS: JSON.stringify([entry]) } });
    await startFrom(world, 1, to);
    await startFrom(world, 2, spreadOver(1), { channel: "call" });
    await startFrom(world, 3, "+447400123456", { channel: "whatsapp" });
    const started = logged(world, "verification.started");
    expect(started.map(({ channel, price }) => [channel, price])).toEqual([
      ["sms", 0.0083],
      ["call", 0.02],
      ["whatsapp", 0.05],
    ]);
    const seen = await world.send("/v1/admin/guard", { headers: asBackend(key) });
    expect(await seen.json()).toMatchObject({
      sends: { total: 3, countries: { US: 2, GB: 1 }, channels: { sms: 1, call: 1, whatsapp: 1 } },
      money: { spent: 0.0783, budget: 1 },
    });
  });

  it("counts a resend by its own channel, or by the last channel if it names none", async () => {
    const env = { ...money, BUDGET_MONEY: "0.0683USD/1d", LIMIT_SEND_PER_PHONE: "9/1d" };
    const world = await createWorld({ env });
    const { id } = await start(world, to);
    world.clock.nowMs += 31_000;
    expect((await resend(world, id, { channel: "call" })).status).toBe(200);
    world.clock.nowMs += 41_000;
    expect((await resend(world, id)).status).toBe(200);
    world.clock.nowMs += 61_000;
    expect((await resend(world, id)).status).toBe(200);
    expect(channelsOf(world)).toEqual(["sms", "call", "call", "call"]);
    // Not enough is left for a text.
    expect(await kindOf(await startFrom(world, 1, spreadOver(1)))).toBe(spent);
  });

  it("is given back by the channel's price", async () => {
    const env = { ...money, BUDGET_MONEY: "0.02USD/1d" };
    const world = await createWorld({ env });
    await world.fault({ count: 1, status: 403, code: 60205 });
    expect((await startFrom(world, 1, to, { channel: "call" })).status).toBe(422);
    expect((await startFrom(world, 1, to, { channel: "call" })).status).toBe(201);
    expect(await kindOf(await startFrom(world, 2, spreadOver(1)))).toBe(spent);
  });
});
