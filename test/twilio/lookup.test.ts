import { describe, expect, it } from "vitest";
import { lookupRequest, readLookup } from "../../src/twilio/lookup.ts";

const number = "+14155550123";

/** The members of Twilio's OpenAPI document with test values. */
const answered = (more: Record<string, unknown> = {}) => ({
  kind: "answer" as const,
  body: {
    calling_country_code: "1",
    country_code: "US",
    phone_number: number,
    national_format: "(415) 555-0123",
    valid: true,
    validation_errors: [],
    caller_name: null,
    sim_swap: null,
    call_forwarding: null,
    line_status: null,
    line_type_intelligence: {
      error_code: null,
      mobile_country_code: "001",
      mobile_network_code: "01",
      carrier_name: "A carrier",
      type: "mobile",
    },
    identity_match: null,
    reassigned_number: null,
    sms_pumping_risk: {
      carrier_risk_category: "low",
      number_blocked: false,
      number_blocked_date: null,
      number_blocked_last_3_months: null,
      sms_pumping_risk_score: 7,
      error_code: null,
    },
    phone_number_quality_score: null,
    pre_fill: null,
    url: `https://lookups.twilio.com/v2/PhoneNumbers/${number}`,
    ...more,
  },
});

describe("the answer of Lookup", () => {
  it.each([
    ["about another number", answered({ phone_number: "+14155550124" })],
    ["without a number", answered({ phone_number: null })],
    ["that does not say whether it is valid", answered({ valid: "true" })],
    ["that is no object", { kind: "answer" as const, body: [] }],
    ["with a package of another shape", answered({ line_type_intelligence: "mobile" })],
  ])("%s is not accepted", (_, answer) => {
    expect(readLookup(answer, number)).toEqual({ kind: "bad_response" });
  });

  it("that is missing has its own outcome", () => {
    for (const kind of ["timeout", "network", "server_error", "not_asked"] as const)
      expect(readLookup({ kind }, number)).toEqual({ kind });
  });

  it("may say that the number is invalid, which is not a failure", () => {
    const nothing = { line_type_intelligence: null, sms_pumping_risk: null, country_code: null };
    const answer = answered({ valid: false, validation_errors: ["TOO_LONG"], ...nothing });
    expect(readLookup(answer, number)).toEqual({ kind: "invalid_number" });
  });

  it.each([
    ["mobile", "mobile"],
    ["landline", "landline"],
    ["fixedVoip", "fixed_voip"],
    ["nonFixedVoip", "non_fixed_voip"],
    ["tollFree", "special"],
    ["premium", "special"],
    ["sharedCost", "special"],
    ["personal", "special"],
    ["uan", "special"],
    ["pager", "special"],
    ["voicemail", "special"],
    ["unknown", "unknown"],
    ["satellite", "unknown"],
    [null, "unknown"],
    [7, "unknown"],
  ])("has the line type %j as %s", (type, expected) => {
    const answer = answered({ line_type_intelligence: { type, error_code: null } });
    expect(readLookup(answer, number)).toMatchObject({ kind: "line", line: { type: expected } });
  });

  it("has the score, and whether Fraud Guard blocks the number", () => {
    const risk = { sms_pumping_risk_score: 91, number_blocked: true };
    expect(readLookup(answered({ sms_pumping_risk: risk }), number)).toEqual({
      kind: "line",
      line: { type: "mobile", pumpingScore: 91, isBlocked: true },
    });
  });

  it("has no data if a package is missing, has an error or is malformed", () => {
    const unknown = { type: "unknown", pumpingScore: undefined, isBlocked: false };
    for (const [line, risk] of [
      [null, null],
      [undefined, undefined],
      [
        { type: null, error_code: 60601 },
        { sms_pumping_risk_score: null, number_blocked: null, error_code: 60600 },
      ],
      [{}, { sms_pumping_risk_score: 101 }],
      [{}, { sms_pumping_risk_score: "91" }],
    ])
      expect(
        readLookup(answered({ line_type_intelligence: line, sms_pumping_risk: risk }), number),
      ).toEqual({ kind: "line", line: unknown });
  });
});

describe("the request", () => {
  it("names both packages and escapes the number in the path", () => {
    expect(lookupRequest(number)).toEqual({
      product: "lookups",
      method: "GET",
      path: "/v2/PhoneNumbers/%2B14155550123?Fields=line_type_intelligence,sms_pumping_risk",
    });
  });
});
