import { afterEach, beforeEach, describe, expect, it } from "vitest";
import twilio from "twilio";
import {
  TWIN_ACCOUNT_SID,
  TWIN_API_KEY_SECRET,
  TWIN_API_KEY_SID,
  TWIN_AUTH_TOKEN,
  TWIN_VERIFY_SERVICE_SID,
} from "../../src/twin/seed.ts";
import { createCaller, wrong, type Caller } from "./caller.ts";
import { listen, LoopbackClient } from "./sdk-loopback.ts";

const NUMBER = "+12015550123";
let twin: Caller;
let listener: Awaited<ReturnType<typeof listen>>;
beforeEach(async () => {
  twin = createCaller();
  listener = await listen(twin.twin);
});
afterEach(() => listener.close());

function sdk(user = TWIN_ACCOUNT_SID, password = TWIN_AUTH_TOKEN) {
  const httpClient = new LoopbackClient(listener.origin);
  return twilio(user, password, { accountSid: TWIN_ACCOUNT_SID, httpClient });
}
const seeded = () => sdk().verify.v2.services(TWIN_VERIFY_SERVICE_SID);

describe("the official twilio SDK", () => {
  it("creates, lists, fetches, updates and removes services", async () => {
    const { services } = sdk().verify.v2;
    const created = await services.create({ friendlyName: "Bank", codeLength: 8 });
    expect(created.sid).toMatch(/^VA/);
    expect(created.codeLength).toBe(8);
    expect(created.dateCreated).toEqual(new Date("2026-06-01T12:00:00Z"));
    const fetched = await services(created.sid).fetch();
    expect(fetched.friendlyName).toBe("Bank");
    const updated = await services(created.sid).update({ lookupEnabled: true });
    expect(updated).toMatchObject({ lookupEnabled: true, codeLength: 8 });
    expect(await services(created.sid).remove()).toBe(true);
    await expect(services(created.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it("follows the pages of a list to its end", async () => {
    const { services } = sdk().verify.v2;
    for (let n = 0; n < 4; n++) await services.create({ friendlyName: `Service ${n}` });
    const all = await services.list({ pageSize: 2 });
    expect(all.map(({ friendlyName }) => friendlyName)).toEqual([
      ...Array<string>(4).fill("Phonegate"),
      "Service 0",
      "Service 1",
      "Service 2",
      "Service 3",
    ]);
    expect(await services.list({ limit: 3 })).toHaveLength(3);
  });

  it("starts, resends on another channel, fetches, and checks wrong and right codes", async () => {
    const started = await seeded().verifications.create({ to: NUMBER, channel: "sms" });
    expect(started).toMatchObject({ to: NUMBER, channel: "sms", status: "pending", valid: false });
    const resent = await seeded().verifications.create({
      to: NUMBER,
      channel: "whatsapp",
      locale: "de",
      customFriendlyName: "Meine Bank",
    });
    expect(resent.sid).toBe(started.sid);
    expect(resent.sendCodeAttempts).toHaveLength(2);
    for (const key of [started.sid, NUMBER]) {
      expect((await seeded().verifications(key).fetch()).sid).toBe(started.sid);
    }
    const code = await twin.codeOf(NUMBER);
    const checks = seeded().verificationChecks;
    const miss = await checks.create({ to: NUMBER, code: wrong(code) });
    expect(miss).toMatchObject({ status: "pending", valid: false });
    const hit = await checks.create({ verificationSid: started.sid, code });
    expect(hit).toMatchObject({ status: "approved", valid: true, to: NUMBER });
    await expect(checks.create({ to: NUMBER, code })).rejects.toMatchObject({
      status: 404,
      code: 20404,
    });
  });

  it("cancels and approves by update", async () => {
    const first = await seeded().verifications.create({ to: NUMBER, channel: "sms" });
    const canceled = await seeded().verifications(first.sid).update({ status: "canceled" });
    expect(canceled.status).toBe("canceled");
    const second = await seeded().verifications.create({ to: NUMBER, channel: "sms" });
    expect(second.sid).not.toBe(first.sid);
    const approved = await seeded().verifications(second.sid).update({ status: "approved" });
    expect(approved).toMatchObject({ status: "approved", valid: true });
  });

  it.each([
    ["a bad number", { to: "12", channel: "sms" }, 400, 60200],
    ["a landline", { to: "+12015550160", channel: "sms" }, 403, 60205],
    ["a forbidden country", { to: "+12015550161", channel: "sms" }, 403, 60605],
    ["too many sends", { to: "+12015550165", channel: "sms" }, 429, 60203],
    ["a custom code", { to: NUMBER, channel: "sms", customCode: "424242" }, 403, 60204],
  ])("throws a RestException for %s", async (_, start, status, code) => {
    const moreInfo = `https://www.twilio.com/docs/errors/${code}`;
    const thrown = seeded().verifications.create(start);
    await expect(thrown).rejects.toBeInstanceOf(twilio.RestException);
    await expect(thrown).rejects.toMatchObject({ status, code, moreInfo });
  });

  it("throws 60202 from the sixth check on", async () => {
    await seeded().verifications.create({ to: NUMBER, channel: "sms" });
    const code = await twin.codeOf(NUMBER);
    const checks = seeded().verificationChecks;
    for (let n = 0; n < 5; n++) await checks.create({ to: NUMBER, code: wrong(code) });
    const sixth = checks.create({ to: NUMBER, code });
    await expect(sixth).rejects.toMatchObject({ status: 429, code: 60202 });
  });

  it("works with an API key, but not with wrong credentials", async () => {
    const key = sdk(TWIN_API_KEY_SID, TWIN_API_KEY_SECRET);
    const service = await key.verify.v2.services(TWIN_VERIFY_SERVICE_SID).fetch();
    expect(service.accountSid).toBe(TWIN_ACCOUNT_SID);
    const stranger = sdk(TWIN_ACCOUNT_SID, "f".repeat(32));
    const refused = stranger.verify.v2.services(TWIN_VERIFY_SERVICE_SID).fetch();
    await expect(refused).rejects.toMatchObject({ status: 401, code: 20003 });
  });
});
