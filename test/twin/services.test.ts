import { beforeEach, expect, it } from "vitest";
import { createCaller, SEEDED, type Caller } from "./caller.ts";

let twin: Caller;
beforeEach(() => {
  twin = createCaller();
});

const create = (form: Record<string, unknown>) => twin.api("POST", "/v2/Services", form);

it("the twin starts with a service for each purpose, and the last one is a PSD2 service", async () => {
  const { status, body } = await twin.api("GET", SEEDED);
  expect(status).toBe(200);
  expect(body).toMatchObject({ friendly_name: "Phonegate", code_length: 6 });
  const { services } = (await twin.api("GET", "/v2/Services")).body;
  expect(services).toMatchObject(
    [false, false, false, true].map((psd2_enabled) => ({ psd2_enabled })),
  );
});

it("a new service has the requested settings, also grouped ones", async () => {
  const { status, body } = await create({
    FriendlyName: "Bank",
    CodeLength: 8,
    LookupEnabled: "True",
    Psd2Enabled: "true",
    SkipSmsToLandlines: true,
    "Totp.TimeStep": 30,
    "Push.IncludeDate": true,
    "Passkeys.RelyingParty.Origins": "a.example,b.example",
    Whatever: "is ignored",
  });
  expect(status).toBe(201);
  expect(body.sid).toMatch(/^VA[0-9a-f]{32}$/);
  expect(body).toMatchObject({
    friendly_name: "Bank",
    code_length: 8,
    lookup_enabled: true,
    psd2_enabled: true,
    skip_sms_to_landlines: true,
    totp: { time_step: 30, skew: null },
    push: { include_date: true },
    passkeys: { relying_party: { origins: ["a.example", "b.example"] } },
    url: `https://verify.twilio.com/v2/Services/${String(body.sid)}`,
  });
});

it.each([
  [{}, "FriendlyName"],
  [{ FriendlyName: "" }, "FriendlyName"],
  [{ FriendlyName: "x".repeat(33) }, "FriendlyName"],
  [{ FriendlyName: "A", CodeLength: 3 }, "CodeLength"],
  [{ FriendlyName: "A", CodeLength: 11 }, "CodeLength"],
  [{ FriendlyName: "A", CodeLength: "six" }, "CodeLength"],
  [{ FriendlyName: "A", LookupEnabled: "yes" }, "LookupEnabled"],
])("refuses %j with 60200 and names the parameter", async (form, name) => {
  const refused = await create(form);
  expect(refused).toMatchObject({ status: 400, body: { code: 60200, status: 400 } });
  expect(refused.body.message).toBe(`Invalid parameter: ${name}`);
  expect((await twin.api("GET", "/v2/Services")).body.services).toHaveLength(4);
});

it("an update changes only the named settings", async () => {
  const { body } = await create({ FriendlyName: "Old", CodeLength: 4 });
  const path = `/v2/Services/${String(body.sid)}`;
  await twin.advance(60);
  const updated = await twin.api("POST", path, { FriendlyName: "New" });
  expect(updated.status).toBe(200);
  expect(updated.body).toMatchObject({ friendly_name: "New", code_length: 4 });
  expect(updated.body.date_created).toBe("2026-06-01T12:00:00Z");
  expect(updated.body.date_updated).toBe("2026-06-01T12:01:00Z");
  expect((await twin.api("GET", path)).body).toEqual(updated.body);
  const refused = await twin.api("POST", path, { CodeLength: 99 });
  expect(refused).toMatchObject({ status: 400, body: { code: 60200 } });
});

it("deletes a service with its verifications", async () => {
  const { body } = await create({ FriendlyName: "Gone" });
  const path = `/v2/Services/${String(body.sid)}`;
  await twin.api("POST", `${path}/Verifications`, { To: "+12015550123", Channel: "sms" });
  expect((await twin.raw("DELETE", path)).status).toBe(204);
  for (const [method, rest, form] of [
    ["GET", "", undefined],
    ["POST", "", { FriendlyName: "Back" }],
    ["DELETE", "", undefined],
    ["GET", "/Verifications/+12015550123", undefined],
    ["POST", "/VerificationCheck", { To: "+12015550123", Code: "123456" }],
  ] as const) {
    const missing = await twin.api(method, path + rest, form);
    expect(missing).toMatchObject({ status: 404, body: { code: 20404 } });
  }
});

it("lists services page by page", async () => {
  for (let n = 0; n < 4; n++) await create({ FriendlyName: `Service ${n}` });
  const first = await twin.api("GET", "/v2/Services?PageSize=2");
  expect(first.body.services).toHaveLength(2);
  expect(first.body.meta).toMatchObject({ page: 0, page_size: 2, previous_page_url: null });
  const last = await twin.api("GET", "/v2/Services?PageSize=3&Page=2");
  const names = [{ friendly_name: "Service 2" }, { friendly_name: "Service 3" }];
  expect(last.body.services).toMatchObject(names);
  expect(last.body.meta).toMatchObject({ next_page_url: null });
  const all = await twin.api("GET", "/v2/Services?PageSize=nonsense");
  expect(all.body.services).toHaveLength(8);
});
