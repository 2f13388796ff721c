import { beforeEach, expect, it } from "vitest";
import { createCaller, SEEDED, type Caller } from "./caller.ts";
// The examples in Twilio's OpenAPI description (twilio/twilio-oai, MIT).
import examples from "./fixtures/verify-examples.json";
import { shapeOf } from "./shape.ts";

const NUMBER = "+12015550123";
let twin: Caller;
beforeEach(() => {
  twin = createCaller();
});

it("a started verification has the shape of Twilio's example", async () => {
  const { body } = await twin.start(NUMBER);
  expect(shapeOf(body)).toEqual(shapeOf(examples["verification-sms"]));
  expect(body.send_code_attempts).toMatchObject([{ channel: "SMS" }]);
});

it("a started WhatsApp verification writes its channel in small letters", async () => {
  const { body } = await twin.start(NUMBER, { Channel: "whatsapp" });
  const example = examples["verification-whatsapp"];
  expect(shapeOf(body)).toEqual(shapeOf(example));
  expect(body.channel).toBe(example.channel);
  expect(body.send_code_attempts).toMatchObject([
    { channel: example.send_code_attempts[0]?.channel },
  ]);
});

it("a fetched and a canceled verification have the shape of Twilio's example", async () => {
  await twin.start(NUMBER);
  const path = `${SEEDED}/Verifications/${NUMBER}`;
  const fetched = await twin.api("GET", path);
  const canceled = await twin.api("POST", path, { Status: "canceled" });
  const example = examples["verification-canceled"];
  expect(shapeOf(fetched.body)).toEqual(shapeOf(example));
  expect(shapeOf(canceled.body)).toEqual(shapeOf(example));
  expect(canceled.body).toMatchObject({ status: example.status, valid: example.valid });
});

it("the attempts of a verification have the shape of Twilio's example, each with its outcome", async () => {
  // The twin never delivers a text to this number.
  const lost = "+12015550176";
  await twin.start(NUMBER);
  const { body: started } = await twin.start(lost, { Locale: "es" });
  const { body } = await twin.api("GET", `/v2/Attempts?VerificationSid=${String(started.sid)}`);
  expect(shapeOf(body)).toEqual(shapeOf(examples.attempts));
  expect(body.attempts).toMatchObject([
    { channel_data: { to: lost, message_status: "undelivered", error_code: "30008" } },
  ]);
  const one = `/v2/Attempts?ChannelData.To=${encodeURIComponent(NUMBER)}`;
  const { attempts } = (await twin.api("GET", one)).body as { attempts: { sid: string }[] };
  expect(attempts).toMatchObject([
    { conversion_status: "unconverted", channel_data: { message_status: "delivered" } },
  ]);
  const fetched = await twin.api("GET", `/v2/Attempts/${attempts[0]?.sid}`);
  expect(fetched.body).toEqual(attempts[0]);
  expect((await twin.api("GET", `/v2/Attempts/VL${"0".repeat(32)}`)).status).toBe(404);
});

it("a check has the shape of Twilio's example", async () => {
  await twin.start(NUMBER);
  const { body } = await twin.check(NUMBER, await twin.codeOf(NUMBER));
  expect(shapeOf(body)).toEqual(shapeOf(examples.check));
  expect(body).toMatchObject({ status: examples.check.status, valid: examples.check.valid });
});

it("a list of services has the shape of Twilio's example", async () => {
  for (const letter of "abcd") await twin.api("DELETE", `/v2/Services/VA${letter.repeat(32)}`);
  const settings = { DefaultTemplateSid: `HJ${"a".repeat(32)}`, TtsName: "name" };
  await twin.api("POST", "/v2/Services", { FriendlyName: "name", ...settings });
  const { body } = await twin.api("GET", "/v2/Services");
  expect(shapeOf(body)).toEqual(shapeOf(examples.services));
});

it("a service with every setting has the shape of Twilio's example", async () => {
  const { body } = await twin.api("POST", "/v2/Services", {
    FriendlyName: "name",
    TtsName: "name",
    DefaultTemplateSid: `HJ${"a".repeat(32)}`,
    "Push.ApnCredentialSid": `CR${"a".repeat(32)}`,
    "Totp.Issuer": "test-issuer",
    "Totp.TimeStep": 30,
    "Totp.CodeLength": 3,
    "Totp.Skew": 2,
    "Whatsapp.MsgServiceSid": `MG${"a".repeat(32)}`,
    "Whatsapp.From": "whatsapp:+1234567890",
    "Passkeys.RelyingParty.Id": "www.mydomain.com",
    "Passkeys.RelyingParty.Name": "My domain",
    "Passkeys.RelyingParty.Origins": "www.mydomain.com,www.login.mydomain.com",
    "Passkeys.AuthenticatorAttachment": "",
    "Passkeys.UserVerification": "discouraged",
  });
  expect(shapeOf(body)).toEqual(shapeOf(examples.service));
});

it("an error equals Twilio's example exactly", async () => {
  const { body } = await twin.start("+12015550164");
  expect(body).toEqual(examples["too-many-requests"]);
});
