import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import * as v from "valibot";
import { startedVerification, verificationView } from "../../src/contract/verifications.ts";
import { asBackend, bankKey, createBackendWorld } from "../helpers/backend.ts";
import { randomKey } from "../helpers/keys.ts";
import { failing } from "../helpers/failing.ts";
import { createWorld, start, workerOrigin, wrong, type World } from "../helpers/world.ts";

const to = "+12015550123";
const own = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };
const ownWorld = (env: Record<string, unknown> = {}) => createWorld({ env: { ...own, ...env } });

const codeOf = async (response: Response) => (await response.json<{ code: string }>()).code;
/** The logged reasons of refused webhooks. */
const refusalsIn = (world: World) =>
  world.lines
    .map((line) => JSON.parse(line) as { event: string; level?: string; reason?: string })
    .filter(({ event, level }) => event === "webhook.refused" && level === "warning")
    .map(({ reason }) => reason);
const check = (world: World, id: string, code: string) =>
  world.post(`/v1/verifications/${id}/check`, { code });
const read = async (world: World, id: string) =>
  v.parse(verificationView, await (await world.send(`/v1/verifications/${id}`)).json());

describe("engine messaging", () => {
  it("sends our code in the operator's message, and opens one session for it", async () => {
    const world = await ownWorld({ APP_NAME: "Acme" });
    const { id, code, expiresAt } = await start(world, to);
    expect(expiresAt).toBe("2035-01-02T03:14:05.000Z");
    const [text] = await world.inbox(to);
    expect(text?.body).toBe(`${code} is your Acme code. It expires in 10 minutes.`);
    expect(code).toMatch(/^\d{6}$/);
    const answer = await check(world, id, code);
    expect(answer.status).toBe(200);
    const { access_token } = await answer.json<{ access_token: string }>();
    expect(decodeJwt(access_token).amr).toEqual(["sms"]);
    expect(await codeOf(await check(world, id, code))).toBe("verification_used");
  });

  it("calls Twilio once for a start, and for a check only to confirm the message", async () => {
    const world = await ownWorld();
    const { id, code } = await start(world, to);
    expect(world.outgoing).toHaveLength(1);
    const [message] = world.outgoing;
    expect(message?.url).toMatch(/\/2010-04-01\/Accounts\/AC[0-9a-f]{32}\/Messages\.json$/);
    expect(message?.form).toEqual({
      To: to,
      From: own.TWILIO_FROM,
      Body: `${code} is your Phonegate code. It expires in 10 minutes.`,
      StatusCallback: expect.stringMatching(
        new RegExp(`^${workerOrigin}/v1/webhooks/twilio/messages\\?ref=[\\w-]+$`),
      ),
      ValidityPeriod: "600",
      ProvideFeedback: "true",
    });
    await check(world, id, wrong(code));
    expect(world.outgoing).toHaveLength(1);
    await check(world, id, code);
    expect(world.outgoing).toHaveLength(2);
    expect(world.outgoing[1]?.url).toMatch(/\/Messages\/SM[0-9a-f]{32}\/Feedback\.json$/);
    expect(world.outgoing[1]?.form).toEqual({ Outcome: "confirmed" });
  });

  it("sends by a Messaging Service if one is set", async () => {
    const service = "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const world = await ownWorld({ TWILIO_FROM: "", TWILIO_MESSAGING_SERVICE_SID: service });
    await start(world, to);
    expect(world.outgoing[0]?.form).toMatchObject({ MessagingServiceSid: service });
    expect(world.outgoing[0]?.form).not.toHaveProperty("From");
  });

  it("uses the operator's length, lifetime and message, and adds the lines for browsers and Android", async () => {
    const world = await ownWorld({
      OTP_LENGTH: "4",
      OTP_TTL: "1h",
      ALLOW_NONCONFORMING: "on",
      OTP_MESSAGE: "{app}: {code} ({minutes} min)",
      ANDROID_APP_HASH: "FA+9qCX9VSu",
      WEBOTP_DOMAIN: "www.example.com",
    });
    const { id, code, expiresAt } = await start(world, to);
    expect(code).toMatch(/^\d{4}$/);
    expect(expiresAt).toBe("2035-01-02T04:04:05.000Z");
    expect((await world.inbox(to))[0]?.body).toBe(
      `Phonegate: ${code} (60 min)\nFA+9qCX9VSu\n@www.example.com #${code}`,
    );
    world.clock.nowMs += 3_599_999;
    expect((await check(world, id, code)).status).toBe(200);
  });

  it.each([
    ["de-AT", {}, "{code} ist dein Acme-Code. Er gilt 10 Minuten."],
    ["es-419", {}, "{code} es tu clave de Acme. Caduca en 10 minutos."],
    ["zh-CN", {}, "{code} 是您的 Acme 验证码，10 分钟内有效。"],
    ["pt-PT", {}, "{code} é o seu código Acme. Expira em 10 minutos."],
    ["ar", {}, "{code} رمزك في Acme. صالح لمدة 10 دقائق."],
    ["en-GB", {}, "{code} is your Acme code. It expires in 10 minutes."],
    ["ko", {}, "{code} is your Acme code. It expires in 10 minutes."],
    // The operator's own message replaces ours in all languages.
    ["de", { OTP_MESSAGE: "{code}: never tell it" }, "{code}: never tell it"],
    ["pt-BR", { OTP_MESSAGES: '{"pt":"{code} é o seu código"}' }, "{code} é o seu código"],
    [
      "de",
      { OTP_MESSAGES: '{"pt":"{code} é o seu código"}' },
      "{code} ist dein Acme-Code. Er gilt 10 Minuten.",
    ],
    [
      "zh-Hant-TW",
      { OTP_MESSAGE: "{code}", OTP_MESSAGES: '{"zh":"{app} {code}","zh-hant":"{app}：{code}"}' },
      "Acme：{code}",
    ],
  ])("writes in the language of the request: %s with %j", async (locale, env, words) => {
    const world = await ownWorld({ APP_NAME: "Acme", ...env });
    const { id, code } = await start(world, to, { locale });
    const body = words.replace("{code}", code);
    expect((await world.inbox(to))[0]?.body).toBe(body);
    // A resend has no language of its own.
    world.clock.nowMs += 31_000;
    expect((await world.post(`/v1/verifications/${id}/resend`, {})).status).toBe(200);
    expect((await world.inbox(to))[0]?.body).toBe(body);
  });

  it("states the transaction in the language of the request", async () => {
    const world = await createBackendWorld({
      ...own,
      APP_NAME: "Acme",
      OTP_MESSAGES_TRANSACTION: '{"fr":"{code} : {amount} pour {payee}"}',
    });
    const confirm = async (locale: string, payee: string) => {
      const transaction = { payee, amount: "10.00 EUR" };
      const started = await world.post(
        "/v1/verifications",
        { to, purpose: "transaction", transaction, subject: "user-1", locale },
        asBackend(bankKey),
      );
      expect(started.status).toBe(201);
      const [text] = await world.inbox(to);
      return text?.body.replace(text.code, "{code}");
    };
    expect(await confirm("fr-CA", "ACME Ltd")).toBe("{code} : 10.00 EUR pour ACME Ltd");
    expect(await confirm("de", "Muster")).toBe(
      "{code} bestätigt 10.00 EUR an Muster bei Acme. Gilt 10 Minuten.",
    );
    expect(await confirm("ko", "Other")).toBe(
      "{code} confirms 10.00 EUR to Other at Acme. It expires in 10 minutes.",
    );
  });

  it("expires a code by the clock, not by an alarm", async () => {
    const world = await ownWorld({ OTP_TTL: "2m" });
    const { id, code } = await start(world, to);
    world.clock.nowMs += 120_000;
    expect(await codeOf(await check(world, id, code))).toBe("verification_expired");
    expect((await read(world, id)).status).toBe("expired");
  });

  it("repeats the same code in a resend, with the remaining minutes", async () => {
    const world = await ownWorld();
    const { id, code, expiresAt } = await start(world, to);
    world.clock.nowMs += 100_000;
    const answer = await world.post(`/v1/verifications/${id}/resend`, {});
    expect(v.parse(startedVerification, await answer.json())).toMatchObject({
      id,
      to: "+1•••••0123",
      expires_at: expiresAt,
    });
    const messages = await world.inbox(to);
    expect(messages.map((message) => message.body)).toEqual([
      `${code} is your Phonegate code. It expires in 9 minutes.`,
      `${code} is your Phonegate code. It expires in 10 minutes.`,
    ]);
    expect(world.outgoing[1]?.form.ValidityPeriod).toBe("500");
  });

  it("gives each verification of a number its own code", async () => {
    const world = await ownWorld();
    const one = await start(world, to);
    const two = await start(world, to);
    expect(one.code).not.toBe(two.code);
    expect(await codeOf(await check(world, one.id, two.code))).toBe("wrong_code");
    expect((await check(world, two.id, two.code)).status).toBe(200);
    expect((await check(world, one.id, one.code)).status).toBe(200);
  });

  it.each(["call", "whatsapp"])("refuses %s, and names the available channels", async (channel) => {
    const world = await ownWorld();
    const started = await world.post("/v1/verifications", { to, channel });
    expect(started.status).toBe(422);
    expect(await started.json()).toMatchObject({
      code: "channel_unavailable",
      suggested_channels: ["sms"],
    });
    const { id } = await start(world, to);
    world.clock.nowMs += 30_000;
    const resent = await world.post(`/v1/verifications/${id}/resend`, { channel });
    expect(await codeOf(resent)).toBe("channel_unavailable");
    expect(await world.inbox(to)).toHaveLength(1);
  });

  it("judges a code with the pepper under which it was made, as long as that pepper is listed", async () => {
    const before = await ownWorld();
    const { id, code } = await start(before, to);
    const rotated = `2:${randomKey()},${String(before.settings.PEPPERS)}`;
    const after = await createWorld({ env: { ...before.settings, PEPPERS: rotated } });
    expect((await check(after, id, code)).status).toBe(200);
  });

  it("warns in the log when a message costs two texts", async () => {
    const world = await ownWorld({ OTP_MESSAGE: `{code} ${"ж".repeat(70)}` });
    await start(world, to);
    expect(world.lines.filter((line) => line.includes('"message.segments"'))).toHaveLength(1);
  });

  it.each([
    ["+12015550180", 422, "channel_unavailable"],
    ["+12015550181", 503, "provider_unavailable"],
    ["+12015550182", 422, "unsupported_country"],
    ["+12015550183", 422, "unsupported_number_type"],
    ["+12015550184", 422, "provider_rejected"],
    ["+12015550185", 503, "provider_unavailable"],
    ["+12015550187", 502, "provider_bad_response"],
    ["+12015550188", 503, "provider_unavailable"],
  ])("%s: a start answers %i %s", async (number, status, code) => {
    const world = await ownWorld();
    const answer = await world.post("/v1/verifications", { to: number });
    expect(answer.status).toBe(status);
    expect(await codeOf(answer)).toBe(code);
    expect(world.outgoing).toHaveLength(1);
  });
});

describe("the delivery of a message", () => {
  it("is shown by the verification as Twilio reports it", async () => {
    const world = await ownWorld();
    const { id } = await start(world, to);
    await world.twin.settled();
    expect((await read(world, id)).delivery).toEqual({ status: "delivered" });
  });

  it.each([
    ["+12015550189", "undelivered", 30003],
    ["+12015550194", "undelivered", 30006],
    ["+12015550195", "failed", 30007],
  ])("%s: %s with Twilio's code", async (number, status, error_code) => {
    const world = await ownWorld();
    const answer = await world.post("/v1/verifications", { to: number });
    const { id } = await answer.json<{ id: string }>();
    await world.twin.settled();
    expect((await read(world, id)).delivery).toEqual({ status, error_code });
    expect(world.lines.join()).toContain('"verification.delivery_failed"');
  });

  it("never goes back, for late, repeated and unordered reports", async () => {
    const world = await createWorld({ env: own, sleep: () => Promise.resolve() });
    const answer = await world.post("/v1/verifications", { to: "+12015550196" });
    const { id } = await answer.json<{ id: string }>();
    await world.twin.settled();
    expect((await read(world, id)).delivery).toEqual({ status: "delivered" });
  });

  it.each([
    ["https://localhost:8443", "as_given"],
    ["https://localhost:8443", "without"],
    ["https://localhost", "as_given"],
    ["https://localhost", "with"],
    ["http://127.0.0.1:8787", "without"],
  ])("is accepted if the Worker is %s and its port is signed: %s", async (issuer, signed_port) => {
    const world = await ownWorld({ ISSUER: issuer });
    await world.twin.fetch("http://127.0.0.1:8788/twin/callbacks", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ signed_port }),
    });
    const { id } = await start(world, to);
    await world.twin.settled();
    expect((await read(world, id)).delivery).toEqual({ status: "delivered" });
    expect(world.lines.join()).not.toContain("webhook.refused");
  });

  const callback = (world: World, init: RequestInit = {}, change = (url: string) => url) =>
    world.send(change(String(world.outgoing[0]?.form.StatusCallback)), {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "MessageStatus=failed&ErrorCode=30008",
      ...init,
    });

  it("is refused without Twilio's signature, and with a wrong one", async () => {
    const world = await ownWorld();
    const { id } = await start(world, to);
    await world.twin.settled();
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    for (const signature of [undefined, "", "AAAA", "RSOYDt4T1cUTdK1PDd93/VVr8B8="]) {
      const headers = {
        ...type,
        ...(signature !== undefined && { "X-Twilio-Signature": signature }),
      };
      const answer = await callback(world, { headers });
      expect(answer.status).toBe(403);
      expect(await codeOf(answer)).toBe("invalid_signature");
    }
    expect(refusalsIn(world)).toEqual([
      "signature_missing",
      "signature_missing",
      "signature_wrong",
      "signature_wrong",
    ]);
    expect((await read(world, id)).delivery).toEqual({ status: "delivered" });
  });

  const keyOnly = {
    ...own,
    TWILIO_AUTH_TOKEN: "",
    TWILIO_API_KEY_SID: "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    TWILIO_API_KEY_SECRET: "twin-api-key-secret-is-no-secret",
  };

  it("is accepted by our own seal in the URL if only an API key is set", async () => {
    const world = await createWorld({ env: keyOnly });
    const { id } = await start(world, to);
    expect((await callback(world, { body: "MessageStatus=sent" })).status).toBe(204);
    await world.twin.settled();
    expect((await read(world, id)).delivery).toEqual({ status: "delivered" });
    const forged = (url: string) => `${url.slice(0, -4)}AAAA`;
    expect((await callback(world, {}, forged)).status).toBe(403);
    expect(refusalsIn(world)).toEqual(["reference_unknown"]);
    expect((await callback(world, {}, (url) => url.split("?")[0] ?? "")).status).toBe(403);
    // A verification's id is not accepted as a seal of callbacks.
    const withId = (url: string) => url.replace(/ref=.*/, `ref=${id.slice(4)}`);
    expect((await callback(world, {}, withId)).status).toBe(403);
  });

  it("that cannot be stored is 503, and is stored when Twilio retries", async () => {
    const store = failing("PHONE_LEDGER.recordDelivery", "rejects");
    const world = await createWorld({ env: { ...keyOnly, ...store.bindings } });
    const { id } = await start(world, to);
    await world.twin.settled();
    const answer = await callback(world);
    expect(answer.status).toBe(503);
    expect(await codeOf(answer)).toBe("store_unavailable");
    store.mend();
    expect((await callback(world)).status).toBe(204);
    expect((await read(world, id)).delivery).toEqual({ status: "failed", error_code: 30_008 });
  });

  it("is accepted form-encoded, small and by POST only", async () => {
    const world = await createWorld({ env: keyOnly });
    await start(world, to);
    const json = { headers: { "Content-Type": "application/json" }, body: "{}" };
    expect((await callback(world, json)).status).toBe(415);
    expect((await callback(world, { body: "x".repeat(9000) })).status).toBe(413);
    expect((await callback(world, { body: "MessageStatus=dancing" })).status).toBe(204);
    expect((await world.send("/v1/webhooks/twilio/messages")).status).toBe(405);
  });
});

describe("fallback", () => {
  const fallback = { OTP_FALLBACK: "messaging", TWILIO_FROM: "+12015550193" };

  it.each([
    ["20429", { status: 429, code: 20429, count: 2 }],
    ["20003", { status: 401, code: 20003, count: 1 }],
  ])("after %s the same verification goes on with a code of ours", async (_, fault) => {
    const world = await createWorld({ env: fallback });
    await world.fault({ product: "verify", ...fault });
    const { id, code } = await start(world, to);
    expect((await world.inbox(to))[0]?.body).toBe(
      `${code} is your Phonegate code. It expires in 10 minutes.`,
    );
    expect(await codeOf(await check(world, id, wrong(code)))).toBe("wrong_code");
    world.clock.nowMs += 60_000;
    expect((await world.post(`/v1/verifications/${id}/resend`, {})).status).toBe(200);
    expect((await world.inbox(to))[0]).toMatchObject({ code, channel: "sms" });
    expect((await check(world, id, code)).status).toBe(200);
    await world.twin.settled();
  });

  it("in a resend keeps the wrong codes that were counted", async () => {
    const world = await createWorld({ env: fallback });
    const { id, code } = await start(world, to);
    await check(world, id, wrong(code));
    await check(world, id, wrong(code));
    world.clock.nowMs += 30_000;
    await world.fault({ product: "verify", status: 429, code: 20429, count: 2 });
    const answer = await world.post(`/v1/verifications/${id}/resend`, {});
    expect(await answer.json()).toMatchObject({ id });
    const [newest] = await world.inbox(to);
    expect((await read(world, id)).attempts_remaining).toBe(3);
    expect((await check(world, id, newest?.code ?? "")).status).toBe(200);
  });

  it.each([
    ["a server error", { status: 500 }, 503],
    ["a broken connection", { body: "reset" }, 503],
    ["HTML", { body: "html" }, 502],
    ["a refusal of the number", { status: 400, code: 60200 }, 422],
  ])("after %s nothing else is sent: it might be sent twice", async (_, fault, status) => {
    const world = await createWorld({ env: fallback });
    await world.fault({ product: "verify", count: 1, ...fault });
    const answer = await world.post("/v1/verifications", { to });
    expect(answer.status).toBe(status);
    expect(world.outgoing).toHaveLength(1);
    expect(await world.inbox(to)).toHaveLength(0);
  });

  it("is for texts only: a call is refused", async () => {
    const world = await createWorld({ env: fallback });
    await world.fault({ product: "verify", status: 429, code: 20429, count: 2 });
    expect((await world.post("/v1/verifications", { to, channel: "call" })).status).toBe(503);
  });

  it("is off by default", async () => {
    const world = await createWorld({ env: { TWILIO_FROM: "+12015550193" } });
    await world.fault({ product: "verify", status: 429, code: 20429, count: 2 });
    expect((await world.post("/v1/verifications", { to })).status).toBe(503);
    expect(await world.inbox(to)).toHaveLength(0);
  });

  it("takes over while the circuit to Twilio Verify is open after five failures", async () => {
    const world = await createWorld({ env: fallback });
    await world.fault({ product: "verify", status: 500, count: 5 });
    const numbers = Array.from({ length: 6 }, (_, index) => `+1201555010${index}`);
    const statuses: number[] = [];
    for (const number of numbers)
      statuses.push((await world.post("/v1/verifications", { to: number })).status);
    expect(statuses).toEqual([503, 503, 503, 503, 503, 201]);
    expect(world.outgoing.filter(({ url }) => url.includes("/v2/"))).toHaveLength(5);
    expect((await world.inbox("+12015550105"))[0]?.body).toContain("is your Phonegate code");
    world.clock.nowMs += 30_000;
    await start(world, "+12015550106");
    expect((await world.inbox("+12015550106"))[0]?.body).toContain("verification code is");
  });
});
