import twilio from "twilio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN } from "../../src/twin/seed.ts";
import { createCaller } from "./caller.ts";
import { listen, LoopbackClient } from "./sdk-loopback.ts";

const FIELDS = { fields: "line_type_intelligence,sms_pumping_risk" };
let listener: Awaited<ReturnType<typeof listen>>;
beforeEach(async () => {
  listener = await listen(createCaller().twin);
});
afterEach(() => listener.close());

function lookUp(number: string, password = TWIN_AUTH_TOKEN) {
  const httpClient = new LoopbackClient(listener.origin);
  return twilio(TWIN_ACCOUNT_SID, password, { httpClient }).lookups.v2.phoneNumbers(number);
}

describe("the official twilio SDK looks numbers up:", () => {
  it("an ordinary number, with both packages", async () => {
    const found = await lookUp("+12015550123").fetch(FIELDS);
    expect(found).toMatchObject({
      phoneNumber: "+12015550123",
      nationalFormat: "(201) 555-0123",
      countryCode: "US",
      callingCountryCode: "1",
      valid: true,
      validationErrors: [],
      lineTypeIntelligence: { type: "mobile", errorCode: null },
      smsPumpingRisk: { smsPumpingRiskScore: 7, numberBlocked: false },
      simSwap: null,
      url: "https://lookups.twilio.com/v2/PhoneNumbers/+12015550123",
    });
  });

  it("a number without packages, and an invalid number", async () => {
    const plain = await lookUp("+12015550123").fetch();
    expect(plain).toMatchObject({ valid: true, lineTypeIntelligence: null, smsPumpingRisk: null });
    const invalid = await lookUp("+141599299600").fetch(FIELDS);
    expect(invalid).toMatchObject({ valid: false, validationErrors: ["TOO_LONG"] });
  });

  it("special numbers", async () => {
    const landline = await lookUp("+12015550150").fetch(FIELDS);
    expect(landline.lineTypeIntelligence).toMatchObject({ type: "landline" });
    const risky = await lookUp("+12015550153").fetch(FIELDS);
    expect(risky.smsPumpingRisk).toMatchObject({
      smsPumpingRiskScore: 92,
      carrierRiskCategory: "high",
    });
    await expect(lookUp("+12015550156").fetch(FIELDS)).rejects.toMatchObject({ status: 500 });
  });

  it("not with wrong credentials", async () => {
    const refused = lookUp("+12015550123", "f".repeat(32)).fetch();
    await expect(refused).rejects.toMatchObject({ status: 401, code: 20003 });
  });
});
