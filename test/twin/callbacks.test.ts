import { beforeEach, describe, expect, it } from "vitest";
import { signatureOf } from "../../src/twin/messaging/signature.ts";
import {
  TWIN_ACCOUNT_SID,
  TWIN_AUTH_TOKEN,
  TWIN_FROM,
  TWIN_MESSAGING_SERVICE_SID,
} from "../../src/twin/seed.ts";
import { createMessenger, HOOK, type Messenger } from "./messaging-caller.ts";

const NUMBER = "+12015550123";
let twin: Messenger;
beforeEach(() => {
  twin = createMessenger();
});

describe("status callbacks", () => {
  it("come as signed forms: queued, sent, delivered", async () => {
    const sid = await twin.follow(NUMBER);
    expect(twin.statuses()).toEqual(["queued", "sent", "delivered"]);
    for (const { url, method, headers, form } of twin.callbacks) {
      expect([url, method]).toEqual([HOOK, "POST"]);
      expect(headers.get("Content-Type")).toMatch(/^application\/x-www-form-urlencoded/);
      expect(form).toEqual({
        MessageSid: sid,
        SmsSid: sid,
        MessageStatus: form.SmsStatus,
        SmsStatus: form.MessageStatus,
        To: NUMBER,
        From: TWIN_FROM,
        AccountSid: TWIN_ACCOUNT_SID,
        ApiVersion: "2010-04-01",
      });
      const signature = await signatureOf(TWIN_AUTH_TOKEN, HOOK, form);
      expect(headers.get("X-Twilio-Signature")).toBe(signature);
    }
  });

  it("name the messaging service, and the sender that it chose", async () => {
    await twin.follow(NUMBER, { From: "", MessagingServiceSid: TWIN_MESSAGING_SERVICE_SID });
    expect(twin.callbacks.map(({ form }) => form)).toMatchObject(
      ["queued", "sent", "delivered"].map((status) => ({
        MessageStatus: status,
        MessagingServiceSid: TWIN_MESSAGING_SERVICE_SID,
        From: TWIN_FROM,
      })),
    );
  });
});

it("the signature is the one of Twilio's documentation", async () => {
  const url = "https://mycompany.com/myapp.php?foo=1&bar=2";
  const parameters = {
    To: "+18005551212",
    CallSid: "CA1234567890ABCDE",
    From: "+14158675309",
    Caller: "+14158675309",
    Digits: "1234",
  };
  expect(await signatureOf("12345", url, parameters)).toBe("RSOYDt4T1cUTdK1PDd93/VVr8B8=");
});
