// The costs of a code beyond one text: further texts, and Twilio Verify's price of an approval.
import { describe, expect, it } from "vitest";
import { logged, spreadOver, startFrom } from "../helpers/guard.ts";
import { kindOf, textsAskedFor } from "../helpers/racing.ts";
import { createWorld, start, type World } from "../helpers/world.ts";

/** A budget of ten texts to the United States. */
const money = {
  COUNTRY_PRICES: "*:0.01",
  BUDGET_MONEY: "0.10USD/1d",
  BUDGET_RESERVED: "0%",
  CHANNELS: "sms",
};
const own = { ...money, OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
/** 167 characters with the code, which need two texts. */
const long = `{code} ${"x".repeat(160)}`;

/** Makes starts until one is refused. Returns how many were accepted. */
async function startAll(world: World, more: Record<string, unknown> = {}): Promise<number> {
  for (let index = 0; index < 20; index += 1) {
    const answer = await startFrom(world, index, spreadOver(index), more);
    if (answer.status !== 201) {
      expect(await kindOf(answer)).toBe("503 send_budget_exhausted");
      return index;
    }
  }
  return 20;
}

describe("the day's money", () => {
  it.each([
    ["a text of 160 characters", {}, {}, 10],
    ["two texts", { OTP_MESSAGE: long }, {}, 5],
    [
      "three texts, with the line for browsers",
      { OTP_MESSAGE: `{code} ${"x".repeat(300)}`, WEBOTP_DOMAIN: "shop.test" },
      {},
      3,
    ],
    [
      "two texts in one language",
      { OTP_MESSAGES: `{"ru":"{code} ${"ж".repeat(80)}"}` },
      { locale: "ru-RU" },
      5,
    ],
    [
      "one text in the others",
      { OTP_MESSAGES: `{"ru":"{code} ${"ж".repeat(80)}"}` },
      { locale: "de" },
      10,
    ],
  ])("pays for %s", async (_what, env, request, most) => {
    const world = await createWorld({ env: { ...own, ...env } });
    expect(await startAll(world, request)).toBe(most);
    expect(textsAskedFor(world)).toHaveLength(most);
  });

  it("pays a resend like its start, and gets back all texts that Twilio certainly did not send", async () => {
    const world = await createWorld({ env: { ...own, OTP_MESSAGE: long } });
    await world.fault({ count: 1, status: 400, code: 21612 });
    expect((await startFrom(world, 0, spreadOver(0))).status).toBe(422);
    const { id } = await start(world, spreadOver(1));
    world.clock.nowMs += 31_000;
    expect((await world.post(`/v1/verifications/${id}/resend`, {})).status).toBe(200);
    // Four texts are paid, so three more messages of two texts are possible.
    expect(await startAll(world)).toBe(3);
    expect(logged(world, "verification.started")[0]).toMatchObject({ price: 0.02 });
    expect(logged(world, "verification.resent")[0]).toMatchObject({ price: 0.02 });
  });

  it.each([
    ["0.05", 4],
    ["US:0.03,*:0.05", 6],
    ["", 9],
  ])("pays Twilio Verify's price of an approval: %s leaves %i more sends", async (price, left) => {
    const world = await createWorld({ env: { ...money, VERIFY_PRICE: price } });
    const { id, code } = await start(world, "+12015550123");
    expect((await world.post(`/v1/verifications/${id}/check`, { code })).status).toBe(200);
    expect(await startAll(world)).toBe(left);
    const [approved] = logged(world, "verification.approved");
    const listed = price === "" ? undefined : Number(price.replace(/^US:/, "").slice(0, 4));
    expect(approved?.price).toBe(listed);
  });

  it("pays nothing for an approval with the engine messaging", async () => {
    const world = await createWorld({ env: { ...own, VERIFY_PRICE: "0.05" } });
    const { id, code } = await start(world, "+12015550123");
    expect((await world.post(`/v1/verifications/${id}/check`, { code })).status).toBe(200);
    expect(await startAll(world)).toBe(9);
    expect(logged(world, "verification.approved")[0]).not.toHaveProperty("price");
  });

  it("is reset with the day, approvals too", async () => {
    const world = await createWorld({ env: { ...money, VERIFY_PRICE: "0.10" } });
    const { id, code } = await start(world, "+12015550123");
    expect((await world.post(`/v1/verifications/${id}/check`, { code })).status).toBe(200);
    expect(await startAll(world)).toBe(0);
    world.clock.nowMs += 86_400_000;
    expect(await startAll(world)).toBe(10);
  });
});
