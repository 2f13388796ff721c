import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { beforeEach, describe, expect, it } from "vitest";
import { FAILURE_NUMBERS } from "../../src/twin/failure-numbers.ts";
import { createCaller, SEEDED, wrong, type Caller } from "./caller.ts";

let twin: Caller;
beforeEach(() => {
  twin = createCaller();
});

const startRaw = (to: string) =>
  twin.raw("POST", `${SEEDED}/Verifications`, { To: to, Channel: "sms" });

it("failure numbers are valid mobile numbers, and each is in the table once", () => {
  for (const { number } of FAILURE_NUMBERS) {
    const parsed = parsePhoneNumberFromString(number);
    expect(parsed?.isValid()).toBe(true);
    expect(parsed?.getType()).toMatch(/MOBILE/);
    expect(parsed?.number).toBe(number);
  }
  expect(new Set(FAILURE_NUMBERS.map(({ number }) => number)).size).toBe(FAILURE_NUMBERS.length);
});

it("failure numbers are listed as JSON with their error codes", async () => {
  const response = await twin.twin.fetch("http://127.0.0.1:8788/twin/numbers.json");
  const listed = await response.json<Record<string, unknown>[]>();
  expect(listed).toHaveLength(FAILURE_NUMBERS.length);
  expect(listed[0]).toEqual({
    number: "+12015550160",
    product: "verify",
    at: "start",
    happens: "Landline: a text is refused, a call works",
    code: 60205,
    status: 403,
  });
  expect(listed.find(({ number }) => number === "+12015550168")).toMatchObject({ code: null });
});

describe("in the terminal", () => {
  it("a failure number is reported at the step at which it fails", async () => {
    const lines: string[] = [];
    twin = createCaller({ print: (line) => lines.push(line) });
    await twin.start("+12015550163");
    expect(lines).toEqual([
      "+12015550163 fails on purpose: Blocked by Verify. The twin's page lists such numbers.",
    ]);
    await twin.start("+12015550172");
    expect(lines).toHaveLength(1);
    await twin.check("+12015550172", "000000");
    expect(lines.at(-1)).toContain("Every check: max check attempts reached");
  });

  it("an ordinary number is not reported", async () => {
    const lines: string[] = [];
    twin = createCaller({ print: (line) => lines.push(line) });
    const to = "+12015550123";
    await twin.start(to);
    await twin.check(to, wrong(await twin.codeOf(to)));
    expect(lines).toEqual([]);
  });
});

describe("at the start", () => {
  it.each([
    ["+12015550160", 403, 60205],
    ["+12015550161", 403, 60605],
    ["+12015550162", 403, 60410],
    ["+12015550163", 403, 60238],
    ["+12015550164", 429, 20429],
    ["+12015550165", 429, 60203],
    ["+12015550166", 429, 60212],
    ["+12015550167", 500, 20500],
    ["+12015550175", 400, 60200],
    ["+12015550179", 400, 60223],
  ])("%s is refused with %i / %i, and nothing is sent", async (to, status, code) => {
    const refused = await twin.start(to);
    expect(refused).toMatchObject({ status, body: { code, status } });
    expect(refused.body.more_info).toBe(`https://www.twilio.com/docs/errors/${code}`);
    expect(await twin.inbox(to)).toEqual([]);
  });

  it.each(["+12015550160", "+12015550179"])("%s accepts a call", async (to) => {
    expect((await twin.start(to, { Channel: "call" })).status).toBe(201);
    expect((await twin.check(to, await twin.codeOf(to))).body.valid).toBe(true);
  });

  it("the error of the invalid number quotes it as Twilio does", async () => {
    const { body } = await twin.start("+12015550175");
    expect(body.message).toBe("Invalid parameter `To`: +12015550175");
  });

  it("the slow number gets its code, and the answer takes more than ten seconds", async () => {
    expect((await twin.start("+12015550168")).status).toBe(201);
    expect(twin.delays).toEqual([12_000]);
    expect(await twin.inbox("+12015550168")).toHaveLength(1);
  });

  it("the truncated number gets its code, and the answer is incomplete JSON", async () => {
    const response = await startRaw("+12015550169");
    expect(response.status).toBe(201);
    expect(response.headers.get("Content-Type")).toBe("application/json");
    const text = await response.text();
    expect(text).toMatch(/^\{"sid":"VE/);
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(await twin.inbox("+12015550169")).toHaveLength(1);
  });

  it("the HTML number gets its code, and the answer is a page with status 200", async () => {
    const response = await startRaw("+12015550170");
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/html");
    expect(await response.text()).toMatch(/^<!doctype html>/);
    expect(await twin.inbox("+12015550170")).toHaveLength(1);
  });

  it("the reset number gets its code, and the answer's body breaks after the headers", async () => {
    const response = await startRaw("+12015550171");
    expect(response.status).toBe(201);
    await expect(response.text()).rejects.toThrow();
    expect(await twin.inbox("+12015550171")).toHaveLength(1);
  });

  it("the silent number is accepted, and no text arrives", async () => {
    expect((await twin.start("+12015550176")).status).toBe(201);
    expect(await twin.inbox("+12015550176")).toEqual([]);
  });

  it("the fixed code is 1234567890, cut to the service's code length", async () => {
    const to = "+12015550174";
    await twin.start(to);
    expect(await twin.codeOf(to)).toBe("123456");
    expect((await twin.check(to, "654321")).body.valid).toBe(false);
    expect((await twin.check(to, "123456")).body.valid).toBe(true);
    const service = await twin.api("POST", "/v2/Services", { FriendlyName: "4", CodeLength: 4 });
    const path = `/v2/Services/${String(service.body.sid)}/Verifications`;
    await twin.api("POST", path, { To: to, Channel: "sms" });
    expect(await twin.codeOf(to)).toBe("1234");
  });
});

describe("at the check", () => {
  it.each([
    ["+12015550172", 429, 60202],
    ["+12015550177", 500, 20500],
  ])("%s starts normally, and every check is %i / %i", async (to, status, code) => {
    expect((await twin.start(to)).status).toBe(201);
    const right = await twin.codeOf(to);
    for (const given of [right, wrong(right)]) {
      expect(await twin.check(to, given)).toMatchObject({ status, body: { code } });
    }
  });

  it("the lying number approves every code, for another number", async () => {
    const { body } = await twin.start("+12015550173");
    const lie = await twin.check("+12015550173", "000000");
    expect(lie).toMatchObject({ status: 200, body: { status: "approved", valid: true } });
    expect(lie.body.sid).toBe(body.sid);
    expect(lie.body.to).toBe("+12015550199");
  });

  it("the slow number's code is checked, and the answer takes more than ten seconds", async () => {
    const to = "+12015550178";
    await twin.start(to);
    expect(twin.delays).toEqual([]);
    expect((await twin.check(to, await twin.codeOf(to))).body.valid).toBe(true);
    expect(twin.delays).toEqual([12_000]);
  });

  it("a check without a start is 404 for each of them", async () => {
    for (const { number } of FAILURE_NUMBERS) {
      expect((await twin.check(number, "123456")).status).toBe(404);
    }
  });
});
