import { beforeEach, describe, expect, it, vi } from "vitest";
import { newCode } from "../../src/twin/ids.ts";
import { TWIN_API_KEY_SECRET, TWIN_API_KEY_SID, TWIN_AUTH_TOKEN } from "../../src/twin/seed.ts";
import { basic, createCaller, SEEDED, wrong, type Caller } from "./caller.ts";

const NUMBER = "+12015550123";
let twin: Caller;
beforeEach(() => {
  twin = createCaller();
});

async function serviceWith(settings: Record<string, unknown>): Promise<string> {
  const created = await twin.api("POST", "/v2/Services", { FriendlyName: "Other", ...settings });
  return `/v2/Services/${String(created.body.sid)}`;
}

async function exhaust(): Promise<string> {
  await twin.start(NUMBER);
  const code = await twin.codeOf(NUMBER);
  for (let n = 0; n < 5; n++) await twin.check(NUMBER, wrong(code));
  return code;
}

describe("start", () => {
  it("sends six digits and answers with a pending verification", async () => {
    const { status, body, headers } = await twin.start(NUMBER);
    expect(status).toBe(201);
    expect(body).toMatchObject({ to: NUMBER, channel: "sms", status: "pending", valid: false });
    expect(body.sid).toMatch(/^VE[0-9a-f]{32}$/);
    expect(headers.get("Twilio-Request-Id")).toMatch(/^RQ[0-9a-f]{32}$/);
    expect(await twin.codeOf(NUMBER)).toMatch(/^\d{6}$/);
  });

  it("repeats sid and code on a resend, on another channel too, and lists every send", async () => {
    const first = await twin.start(NUMBER);
    const code = await twin.codeOf(NUMBER);
    await twin.advance(30);
    await twin.start(NUMBER, { Channel: "whatsapp" });
    const third = await twin.start(NUMBER, { Channel: "call" });
    expect(third.body.sid).toBe(first.body.sid);
    expect(third.body.channel).toBe("call");
    expect(third.body.date_created).toBe(first.body.date_created);
    expect(third.body.send_code_attempts).toMatchObject([
      { time: "2026-06-01T12:00:00Z", channel: "SMS" },
      { time: "2026-06-01T12:00:30Z", channel: "whatsapp" },
      { time: "2026-06-01T12:00:30Z", channel: "CALL" },
    ]);
    expect(await twin.codeOf(NUMBER)).toBe(code);
  });

  it("does not extend the ten minutes by a resend", async () => {
    const first = await twin.start(NUMBER);
    await twin.advance(9 * 60 + 59);
    expect((await twin.start(NUMBER)).body.sid).toBe(first.body.sid);
    await twin.advance(1);
    expect((await twin.start(NUMBER)).body.sid).not.toBe(first.body.sid);
  });

  it("accepts five of twenty parallel sends, and only those arrive", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => twin.start(NUMBER)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    const refused = answers.filter(({ status }) => status === 429);
    expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set([60203]));
    expect(refused).toHaveLength(15);
    expect(await twin.inbox(NUMBER)).toHaveLength(5);
  });

  it.each([
    ["a right check", () => twin.codeOf(NUMBER).then((code) => twin.check(NUMBER, code))],
    ["expiry", () => twin.advance(600)],
    [
      "a cancel",
      () => twin.api("POST", `${SEEDED}/Verifications/${NUMBER}`, { Status: "canceled" }),
    ],
  ])("refuses the sixth send with 60203 until %s clears the count", async (_, clear) => {
    for (let n = 0; n < 5; n++) await twin.start(NUMBER);
    const sixth = await twin.start(NUMBER);
    expect(sixth).toMatchObject({ status: 429, body: { code: 60203, status: 429 } });
    expect(sixth.body.message).toBe("Max send attempts reached");
    await clear();
    expect((await twin.start(NUMBER)).status).toBe(201);
  });

  it("keeps the codes, sends and checks of services separate", async () => {
    const other = await serviceWith({});
    for (let n = 0; n < 5; n++) await twin.start(NUMBER);
    const seededCode = await twin.codeOf(NUMBER);
    const there = await twin.api("POST", `${other}/Verifications`, { To: NUMBER, Channel: "sms" });
    expect(there.status).toBe(201);
    const otherCode = await twin.codeOf(NUMBER);
    const here = await twin.check(NUMBER, seededCode);
    expect(here.body).toMatchObject({ valid: true, service_sid: SEEDED.split("/").at(-1) });
    expect((await twin.check(NUMBER, otherCode)).status).toBe(404);
    const form = { To: NUMBER, Code: otherCode };
    expect((await twin.api("POST", `${other}/VerificationCheck`, form)).body.valid).toBe(true);
    const foreign = await twin.api("GET", `${SEEDED}/Verifications/${String(there.body.sid)}`);
    expect(foreign.status).toBe(404);
  });

  it.each([4, 8, 10])("sends codes of %i digits if the service is set so", async (length) => {
    const service = await serviceWith({ CodeLength: length });
    await twin.api("POST", `${service}/Verifications`, { To: NUMBER, Channel: "sms" });
    expect(await twin.codeOf(NUMBER)).toMatch(new RegExp(`^\\d{${length}}$`));
  });

  it("draws digits without bias: bytes that would favour low digits are skipped", async () => {
    const bytes = [255, 0, 250, 13, 253, 249, 7, 251, 100, 9, 1, 2];
    const random = vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
      if (array instanceof Uint8Array) array.set(bytes.splice(0, array.length));
      return array;
    });
    expect(newCode(6)).toBe("039709");
    random.mockRestore();
    const digits = Array.from({ length: 200 }, () => newCode(10)).join("");
    // 2000 digits, so 200 of each are expected. A deviation of eight sigma does not happen by
    // chance.
    for (const digit of "0123456789") {
      expect(Math.abs(digits.split(digit).length - 1 - 200)).toBeLessThan(110);
    }
  });

  it("accepts a custom code only if the service enables it", async () => {
    const refused = await twin.start(NUMBER, { CustomCode: "424242" });
    expect(refused).toMatchObject({ status: 403, body: { code: 60204 } });
    const service = await serviceWith({ CustomCodeEnabled: true });
    const form = { To: NUMBER, Channel: "sms", CustomCode: "424242" };
    expect((await twin.api("POST", `${service}/Verifications`, form)).status).toBe(201);
    expect(await twin.codeOf(NUMBER)).toBe("424242");
    const short = { ...form, CustomCode: "123" };
    expect((await twin.api("POST", `${service}/Verifications`, short)).body.code).toBe(60200);
  });

  it("writes a text with a warning, a spoken call, and a bold code for WhatsApp", async () => {
    await twin.start(NUMBER);
    await twin.start(NUMBER, { Channel: "call" });
    await twin.start(NUMBER, { Channel: "whatsapp" });
    const [whatsapp, call, sms] = await twin.inbox(NUMBER);
    const code = String(sms?.code);
    expect(sms?.body).toBe(
      `Your Phonegate verification code is: ${code}. Don't share this code with anyone; our employees will never ask for the code.`,
    );
    expect(call?.body).toContain(code.split("").join(". "));
    expect(call?.code).toBe(code);
    expect(whatsapp?.body).toBe(`*${code}* is your verification code.`);
    expect([sms, call, whatsapp].map((entry) => entry?.channel)).toEqual([
      "sms",
      "call",
      "whatsapp",
    ]);
  });

  it("follows the locale and the custom friendly name in the text", async () => {
    await twin.start(NUMBER, { Locale: "es", CustomFriendlyName: "Banco" });
    const [entry] = await twin.inbox(NUMBER);
    expect(entry?.body).toMatch(/^Tu código de verificación de Banco es: \d{6}\. No compartas/);
    await twin.start(NUMBER, { Locale: "ja" });
    expect((await twin.inbox(NUMBER))[0]?.body).toMatch(/^Your Phonegate verification code/);
  });

  it("warns in the text only if the service is set so", async () => {
    const service = await serviceWith({});
    await twin.api("POST", `${service}/Verifications`, { To: NUMBER, Channel: "sms" });
    const [entry] = await twin.inbox(NUMBER);
    expect(entry?.body).toBe(`Your Other verification code is: ${String(entry?.code)}`);
  });

  it("shows a carrier if the service looks numbers up", async () => {
    const service = await serviceWith({ LookupEnabled: true });
    const form = { To: NUMBER, Channel: "sms" };
    const { body } = await twin.api("POST", `${service}/Verifications`, form);
    expect(body.lookup).toMatchObject({ carrier: { type: "mobile" } });
  });

  it.each(["", "12015550123", " 12015550123", "+1201", "+0123456789", "+1201555012345678", "x"])(
    "refuses To=%j with 60200 and names the parameter",
    async (to) => {
      const refused = await twin.start(to);
      expect(refused).toMatchObject({ status: 400, body: { code: 60200 } });
      expect(refused.body.message).toBe(`Invalid parameter \`To\`: ${to}`);
    },
  );

  it.each([
    [{ Channel: "pigeon" }, "Channel"],
    [{ Channel: "" }, "Channel"],
    [{ Channel: "email" }, "Channel"],
  ])("refuses %j with 60200 and names the parameter", async (form, name) => {
    const refused = await twin.start(NUMBER, form);
    expect(refused).toMatchObject({ status: 400, body: { code: 60200 } });
    expect(refused.body.message).toContain(name);
    expect(await twin.inbox()).toEqual([]);
  });

  it.each(["en-US", "no", "es-MX", "pt-PT", "zh-TW", "fa", "en_GB", "not a locale"])(
    "answers 404 / 20404 for the language %s, which Twilio Verify does not have",
    async (locale) => {
      const refused = await twin.start(NUMBER, { Locale: locale });
      expect(refused).toMatchObject({ status: 404, body: { code: 20404 } });
      expect(await twin.inbox()).toEqual([]);
      expect(await twin.start(NUMBER)).toMatchObject({ status: 201 });
    },
  );

  it("answers 404 / 20404 for a service that does not exist", async () => {
    const path = `/v2/Services/VA${"0".repeat(32)}/Verifications`;
    const missing = await twin.api("POST", path, { To: NUMBER, Channel: "sms" });
    expect(missing).toMatchObject({ status: 404, body: { code: 20404, status: 404 } });
  });
});

describe("check", () => {
  it("answers wrong codes pending and the right one approved, by number or by sid", async () => {
    const { body } = await twin.start(NUMBER);
    const code = await twin.codeOf(NUMBER);
    const miss = await twin.check(NUMBER, wrong(code));
    expect(miss).toMatchObject({ status: 200, body: { status: "pending", valid: false } });
    const form = { VerificationSid: body.sid, Code: code };
    const hit = await twin.api("POST", `${SEEDED}/VerificationCheck`, form);
    expect(hit).toMatchObject({ status: 200, body: { status: "approved", valid: true } });
    expect(hit.body).toMatchObject({ sid: body.sid, to: NUMBER });
  });

  it("answers the sixth check with 429 / 60202, also for the right code and after a resend", async () => {
    const code = await exhaust();
    const sixth = await twin.check(NUMBER, code);
    expect(sixth).toMatchObject({ status: 429, body: { code: 60202 } });
    expect((await twin.start(NUMBER)).status).toBe(201);
    expect((await twin.check(NUMBER, code)).body.code).toBe(60202);
  });

  it("accepts the right code at the fifth check", async () => {
    await twin.start(NUMBER);
    const code = await twin.codeOf(NUMBER);
    for (let n = 0; n < 4; n++) await twin.check(NUMBER, wrong(code));
    expect((await twin.check(NUMBER, code)).body.valid).toBe(true);
  });

  it("starts with a new count after an exhausted verification was canceled", async () => {
    await exhaust();
    const cancel = { Status: "canceled" };
    const canceled = await twin.api("POST", `${SEEDED}/Verifications/${NUMBER}`, cancel);
    expect(canceled.status).toBe(200);
    await twin.start(NUMBER);
    expect((await twin.check(NUMBER, await twin.codeOf(NUMBER))).body.valid).toBe(true);
  });

  it("checks parallel right codes in sequence: one is approved, the rest are 404", async () => {
    await twin.start(NUMBER);
    const code = await twin.codeOf(NUMBER);
    const answers = await Promise.all(Array.from({ length: 10 }, () => twin.check(NUMBER, code)));
    expect(answers.filter(({ body }) => body.valid === true)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(9);
  });

  it.each([
    ["never started", () => Promise.resolve()],
    ["approved", () => twin.start(NUMBER).then(() => checkRight())],
    ["expired", () => twin.start(NUMBER).then(() => twin.advance(600))],
    ["canceled", () => twin.start(NUMBER).then(() => update("canceled"))],
    ["approved by an update", () => twin.start(NUMBER).then(() => update("approved"))],
  ])("answers 404 / 20404 when it was %s", async (_, prepare) => {
    await prepare();
    const gone = await twin.check(NUMBER, "123456");
    expect(gone).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(gone.body.message).toBe(
      `The requested resource ${SEEDED.slice(3)}/VerificationCheck was not found`,
    );
  });

  it("accepts the right code in the last second", async () => {
    await twin.start(NUMBER);
    await twin.advance(599);
    expect((await checkRight()).body.valid).toBe(true);
  });

  it.each([
    [{ Code: "123456" }, "To"],
    [{ To: "nobody", Code: "123456" }, "To"],
    [{ To: NUMBER }, "Code"],
    [{ To: NUMBER, Code: "123" }, "Code"],
    [{ To: NUMBER, Code: "12345678901" }, "Code"],
  ])("refuses %j with 60200 and counts nothing", async (form, name) => {
    await twin.start(NUMBER);
    const path = `${SEEDED}/VerificationCheck`;
    for (let n = 0; n < 6; n++) {
      const refused = await twin.api("POST", path, form);
      expect(refused).toMatchObject({ status: 400, body: { code: 60200 } });
      expect(refused.body.message).toContain(name);
    }
    expect((await checkRight()).body.valid).toBe(true);
  });

  it("compares amount and payee at the check if the service has PSD2", async () => {
    const service = await serviceWith({ Psd2Enabled: true });
    const psd2 = { To: NUMBER, Amount: "€39.99", Payee: "Acme" };
    const started = await twin.api("POST", `${service}/Verifications`, { ...psd2, Channel: "sms" });
    expect(started.body).toMatchObject({ amount: "€39.99", payee: "Acme" });
    const called = await twin.api("POST", `${service}/Verifications`, { ...psd2, Channel: "call" });
    expect(called).toMatchObject({ status: 400, body: { code: 60214 } });
    const form = { ...psd2, Code: await twin.codeOf(NUMBER) };
    const path = `${service}/VerificationCheck`;
    expect((await twin.api("POST", path, { ...form, Amount: "€3999" })).body.valid).toBe(false);
    expect((await twin.api("POST", path, { ...form, Payee: "Eve" })).body.valid).toBe(false);
    expect((await twin.api("POST", path, form)).body).toMatchObject({ valid: true, payee: "Acme" });
  });

  function checkRight() {
    return twin.codeOf(NUMBER).then((code) => twin.check(NUMBER, code));
  }
  function update(status: string) {
    return twin.api("POST", `${SEEDED}/Verifications/${NUMBER}`, { Status: status });
  }
});

describe("fetch and update", () => {
  it("finds a pending verification by sid, by number and by escaped number", async () => {
    const { body } = await twin.start(NUMBER);
    for (const key of [String(body.sid), NUMBER, encodeURIComponent(NUMBER)]) {
      const found = await twin.api("GET", `${SEEDED}/Verifications/${key}`);
      expect(found).toMatchObject({ status: 200, body: { sid: body.sid, status: "pending" } });
    }
  });

  it("does not find an approved or an expired verification", async () => {
    const { body } = await twin.start(NUMBER);
    const path = `${SEEDED}/Verifications/${String(body.sid)}`;
    await twin.check(NUMBER, await twin.codeOf(NUMBER));
    expect(await twin.api("GET", path)).toMatchObject({ status: 404, body: { code: 20404 } });
    await twin.start(NUMBER);
    await twin.advance(600);
    expect((await twin.api("GET", `${SEEDED}/Verifications/${NUMBER}`)).status).toBe(404);
  });

  it("shows a canceled verification, and cancels it only once", async () => {
    const { body } = await twin.start(NUMBER);
    const path = `${SEEDED}/Verifications/${String(body.sid)}`;
    const canceled = await twin.api("POST", path, { Status: "canceled" });
    expect(canceled).toMatchObject({ status: 200, body: { status: "canceled", valid: false } });
    expect((await twin.api("GET", path)).body.status).toBe("canceled");
    expect((await twin.api("POST", path, { Status: "canceled" })).status).toBe(404);
  });

  it("approves with an update, and then does not find it any more", async () => {
    const { body } = await twin.start(NUMBER);
    const path = `${SEEDED}/Verifications/${String(body.sid)}`;
    const approved = await twin.api("POST", path, { Status: "approved" });
    expect(approved).toMatchObject({ status: 200, body: { status: "approved", valid: true } });
    expect((await twin.api("GET", path)).status).toBe(404);
  });

  it("refuses any other status with 60200", async () => {
    await twin.start(NUMBER);
    for (const form of [{ Status: "pending" }, {}]) {
      const refused = await twin.api("POST", `${SEEDED}/Verifications/${NUMBER}`, form);
      expect(refused).toMatchObject({ status: 400, body: { code: 60200 } });
    }
  });
});

describe("every call", () => {
  const url = `https://verify.twilio.com${SEEDED}`;

  it.each([
    ["no credentials", undefined],
    ["a wrong token", basic("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "wrong")],
    ["another account", basic(`AC${"b".repeat(32)}`, TWIN_AUTH_TOKEN)],
    ["a key with the account's token", basic(TWIN_API_KEY_SID, TWIN_AUTH_TOKEN)],
    ["a bearer token", "Bearer abc"],
    ["Basic that is not base64", "Basic a=b=c"],
  ])("is 401 / 20003 with %s", async (_, authorization) => {
    const headers = authorization === undefined ? {} : { Authorization: authorization };
    const response = await twin.twin.fetch(url, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toBe('Basic realm="Twilio API"');
    expect(response.headers.get("Twilio-Request-Id")).toMatch(/^RQ/);
    expect(await response.json()).toEqual({
      code: 20003,
      message: "Authenticate",
      more_info: "https://www.twilio.com/docs/errors/20003",
      status: 401,
    });
  });

  it("passes with an API key", async () => {
    const headers = { Authorization: basic(TWIN_API_KEY_SID, TWIN_API_KEY_SECRET) };
    expect((await twin.twin.fetch(url, { headers })).status).toBe(200);
  });

  it("is routed by its path and not by its host", async () => {
    const headers = { Authorization: basic(TWIN_API_KEY_SID, TWIN_API_KEY_SECRET) };
    for (const origin of ["http://127.0.0.1:8788", "https://verify.dublin.ie1.twilio.com"]) {
      expect((await twin.twin.fetch(`${origin}${SEEDED}`, { headers })).status).toBe(200);
    }
  });

  it("accepts only form-encoded bodies, with or without a charset", async () => {
    const send = async (type: string, body: string) => {
      const authorization = basic(TWIN_API_KEY_SID, TWIN_API_KEY_SECRET);
      const headers = { Authorization: authorization, "Content-Type": type };
      const response = await twin.twin.fetch(`${url}/Verifications`, {
        method: "POST",
        headers,
        body,
      });
      return { status: response.status, body: await response.json<{ code?: number }>() };
    };
    const form = "To=%2B12015550123&Channel=sms";
    expect((await send("application/json", '{"To":"+12015550123"}')).status).toBe(400);
    expect((await send("application/json", '{"To":"+12015550123"}')).body.code).toBe(20001);
    expect((await send("text/plain", form)).status).toBe(400);
    expect((await send("application/x-www-form-urlencoded", "a".repeat(70_000))).body.code).toBe(
      20001,
    );
    expect((await send("application/x-www-form-urlencoded; charset=UTF-8", form)).status).toBe(201);
  });

  it("is 404 / 20404 on an unknown path, and 405 / 20004 with an unknown method", async () => {
    const unknown = await twin.api("GET", "/v2/Nothing");
    expect(unknown).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(unknown.body.message).toBe("The requested resource /Nothing was not found");
    const method = await twin.api("DELETE", `${SEEDED}/VerificationCheck`);
    expect(method).toMatchObject({ status: 405, body: { code: 20004 } });
  });
});
