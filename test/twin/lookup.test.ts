import { beforeEach, describe, expect, it } from "vitest";
import { lookupRequest, readLookup } from "../../src/twilio/lookup.ts";
import { FAILURE_NUMBERS } from "../../src/twin/failure-numbers.ts";
import { createCaller, type Caller } from "./caller.ts";
// The examples in Twilio's OpenAPI description (twilio/twilio-oai, MIT).
import examples from "./fixtures/lookup-examples.json";
import { shapeOf } from "./shape.ts";

const NUMBER = "+12015550123";
const BOTH = "line_type_intelligence,sms_pumping_risk";
let twin: Caller;
beforeEach(() => {
  twin = createCaller();
});

const lookUp = (number: string, query = `?Fields=${BOTH}`) =>
  twin.api("GET", `/v2/PhoneNumbers/${encodeURIComponent(number)}${query}`);

/** Reads the twin's answer with the Worker's own reader. */
async function lineOf(number: string) {
  const { body } = await twin.api("GET", lookupRequest(number).path);
  return readLookup({ kind: "answer", body }, number);
}

describe("Lookup", () => {
  it("requires credentials, and allows only GET", async () => {
    const stranger = await twin.twin.fetch(`https://lookups.twilio.com/v2/PhoneNumbers/${NUMBER}`);
    expect(stranger.status).toBe(401);
    expect(await twin.api("POST", `/v2/PhoneNumbers/${NUMBER}`)).toMatchObject({
      status: 405,
      body: { code: 20004 },
    });
  });

  it("answers 200 with the reason for an invalid number", async () => {
    for (const [given, reason] of [
      ["+141599299600", "TOO_LONG"],
      ["+1415", "TOO_SHORT"],
      ["+999123456789", "INVALID_COUNTRY"],
      ["hello", "NOT_A_NUMBER"],
      ["+10005550123", "INVALID_BUT_POSSIBLE"],
    ] as const)
      expect(await lookUp(given)).toMatchObject({
        status: 200,
        body: {
          phone_number: given,
          valid: false,
          validation_errors: [reason],
          line_type_intelligence: null,
          sms_pumping_risk: null,
        },
      });
  });

  it("has the shape of Twilio's examples", async () => {
    const valid = await lookUp(examples.fetch.phone_number, "");
    expect(shapeOf({ ...valid.body, validation_errors: null })).toEqual(shapeOf(examples.fetch));
    const invalid = await lookUp("+141599299600", "");
    expect(shapeOf(invalid.body)).toEqual(shapeOf(examples.invalid));
    const line = await lookUp("+12015550152", "?Fields=line_type_intelligence");
    expect(line.body.line_type_intelligence).toMatchObject({ type: examples.line.type });
    expect(shapeOf((await lookUp(NUMBER)).body.line_type_intelligence)).toEqual(
      shapeOf(examples.line),
    );
    const risk = (await lookUp(NUMBER)).body.sms_pumping_risk;
    expect(Object.keys(Object(risk) as object)).toEqual(Object.keys(examples.risk));
  });

  it("returns only the requested packages, and refuses unknown ones", async () => {
    expect((await lookUp(NUMBER, "")).body).toMatchObject({
      line_type_intelligence: null,
      sms_pumping_risk: null,
    });
    const one = await lookUp(NUMBER, "?Fields=sms_pumping_risk,sim_swap");
    expect(one.body).toMatchObject({ line_type_intelligence: null, sim_swap: null });
    expect(one.body.sms_pumping_risk).toMatchObject({ sms_pumping_risk_score: 7 });
    expect((await lookUp(NUMBER, "?Fields=line_typ")).status).toBe(400);
  });

  it("reads a national number as North American or as one of the given country", async () => {
    expect((await lookUp("(201) 555-0123")).body.phone_number).toBe(NUMBER);
    const british = await lookUp("020 7946 0018", `?Fields=${BOTH}&CountryCode=GB`);
    expect(british.body).toMatchObject({ phone_number: "+442079460018", country_code: "GB" });
  });

  it("reports an ordinary number as mobile, and others by the numbering plans", async () => {
    expect(await lineOf(NUMBER)).toEqual({
      kind: "line",
      line: { type: "mobile", pumpingScore: 7, isBlocked: false },
    });
    for (const [number, type] of [
      ["+442079460018", "landline"],
      ["+447400123456", "mobile"],
      ["+18005550199", "special"],
    ] as const)
      expect(await lineOf(number)).toMatchObject({ line: { type } });
  });
});

describe("a number that is special for Lookup", () => {
  it.each([
    ["+12015550150", { type: "landline", pumpingScore: 7, isBlocked: false }],
    ["+12015550151", { type: "fixed_voip", pumpingScore: 7, isBlocked: false }],
    ["+12015550152", { type: "non_fixed_voip", pumpingScore: 7, isBlocked: false }],
    ["+12015550153", { type: "mobile", pumpingScore: 92, isBlocked: false }],
    ["+12015550154", { type: "mobile", pumpingScore: 100, isBlocked: true }],
    ["+12015550155", { type: "unknown", pumpingScore: undefined, isBlocked: false }],
  ])("%s is %j", async (number, line) => {
    expect(await lineOf(number)).toEqual({ kind: "line", line });
  });

  it("has 60601 in both packages if nothing is known", async () => {
    const { body } = await lookUp("+12015550155");
    expect(body.line_type_intelligence).toMatchObject({ type: null, error_code: 60601 });
    expect(body.sms_pumping_risk).toMatchObject({
      sms_pumping_risk_score: null,
      error_code: 60601,
    });
  });

  it("fails or is late", async () => {
    expect(await lookUp("+12015550156")).toMatchObject({ status: 500, body: { code: 20500 } });
    expect((await lookUp("+12015550157")).status).toBe(200);
    expect(twin.delays).toEqual([12_000]);
  });

  it("is listed, and is an ordinary number for Verify", async () => {
    const response = await twin.twin.fetch("http://127.0.0.1:8788/twin/numbers.json");
    const listed = await response.json<Record<string, unknown>[]>();
    const special = FAILURE_NUMBERS.filter(({ product }) => product === "lookup");
    expect(special.length).toBe(8);
    for (const { number } of special) {
      expect(listed).toContainEqual(expect.objectContaining({ number, at: "lookup" }));
      expect((await twin.start(number)).status).toBe(201);
    }
    expect(listed.find(({ number }) => number === "+12015550150")).toMatchObject({ code: null });
    expect(listed.find(({ number }) => number === "+12015550156")).toMatchObject({ code: 20500 });
  });
});

it("faults of Lookup and of every product affect Lookup", async () => {
  await twin.control("/twin/faults", { count: 1, product: "lookup", code: 20429 });
  await twin.control("/twin/faults", { count: 1, status: 503 });
  expect((await lookUp(NUMBER)).status).toBe(429);
  expect((await lookUp(NUMBER)).status).toBe(503);
  expect((await lookUp(NUMBER)).status).toBe(200);
});
