import { listDurableObjectIds, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import * as v from "valibot";
import {
  approvedVerification,
  startedVerification,
  verificationView,
} from "../../src/contract/verifications.ts";
import { problem } from "../helpers/problem.ts";
import errorCodes from "../twilio/fixtures/error-codes.json";
import { createWorld, start, workerOrigin, wrong, type WorldOptions } from "../helpers/world.ts";

const to = "+12015550123";

describe("signing in", () => {
  it("starts, delivers a code, and answers the right code with a token that verifies offline", async () => {
    const world = await createWorld();
    const started = await world.post("/v1/verifications", { to });
    expect(started.status).toBe(201);
    const verification = v.parse(startedVerification, await started.json());
    expect(verification).toMatchObject({
      status: "pending",
      purpose: "sign_in",
      to,
      channel: "sms",
      expires_at: "2035-01-02T03:14:05.000Z",
      resend_at: "2035-01-02T03:04:35.000Z",
      attempts_remaining: 5,
    });
    expect(started.headers.get("Location")).toBe(
      `${workerOrigin}/v1/verifications/${verification.id}`,
    );

    const [text] = await world.inbox(to);
    const checked = await world.post(`/v1/verifications/${verification.id}/check`, {
      code: text?.code,
    });
    expect(checked.status).toBe(200);
    const session = v.parse(approvedVerification, await checked.json());
    expect(session.expires_in).toBe(600);

    const keySet = await (await world.send("/.well-known/jwks.json")).json();
    const { payload } = await jwtVerify(
      session.access_token,
      createLocalJWKSet(keySet as Parameters<typeof createLocalJWKSet>[0]),
      {
        issuer: workerOrigin,
        audience: workerOrigin,
        typ: "at+jwt",
        algorithms: ["ES256"],
        currentDate: new Date(world.clock.nowMs),
      },
    );
    expect(payload).toEqual({
      iss: workerOrigin,
      aud: workerOrigin,
      sub: session.subject,
      client_id: "phonegate",
      sid: session.session_id,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      iat: world.clock.nowMs / 1000,
      exp: world.clock.nowMs / 1000 + 600,
      auth_time: world.clock.nowMs / 1000,
      amr: ["sms"],
      acr: "aal1",
    });
    expect(decodeProtectedHeader(session.access_token)).toEqual({
      alg: "ES256",
      typ: "at+jwt",
      kid: "key-1",
    });
  });

  it.each([
    ["sms", "sms"],
    ["call", "tel"],
    ["whatsapp", "otp"],
  ])("by %s names the method %s in the token", async (channel, method) => {
    const world = await createWorld();
    const { id, code } = await start(world, to, { channel });
    expect((await world.inbox(to))[0]?.channel).toBe(channel);
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    const { access_token } = await answer.json<{ access_token: string }>();
    expect(decodeJwt(access_token).amr).toEqual([method]);
  });
});

describe("a check", () => {
  it("answers a wrong code with 422 and leaves the verification pending", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    const answer = await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) });
    expect(answer.status).toBe(422);
    expect(await problem(answer)).toMatchObject({
      code: "wrong_code",
      attempts_remaining: 4,
      verification_status: "pending",
    });
    expect((await world.post(`/v1/verifications/${id}/check`, { code })).status).toBe(200);
  });

  it("answers the fifth wrong code with 410 verification_exhausted, and the right one too", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    const check = async (candidate: string) =>
      problem(await world.post(`/v1/verifications/${id}/check`, { code: candidate }));
    for (const attempts_remaining of [4, 3, 2, 1])
      expect(await check(wrong(code))).toMatchObject({ code: "wrong_code", attempts_remaining });
    expect((await check(wrong(code))).code).toBe("verification_exhausted");
    expect((await check(code)).code).toBe("verification_exhausted");
    const read = await world.send(`/v1/verifications/${id}`);
    expect(await read.json()).toMatchObject({ status: "exhausted", attempts_remaining: 0 });
  });

  it("accepts a right code once", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    expect((await world.post(`/v1/verifications/${id}/check`, { code })).status).toBe(200);
    const again = await world.post(`/v1/verifications/${id}/check`, { code });
    expect(again.status).toBe(410);
    expect((await problem(again)).code).toBe("verification_used");
  });

  it("after ten minutes answers 410 verification_expired without a call of Twilio", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    world.clock.nowMs += 10 * 60 * 1000;
    const asked = world.outgoing.length;
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    expect(answer.status).toBe(410);
    expect((await problem(answer)).code).toBe("verification_expired");
    expect(world.outgoing).toHaveLength(asked);
  });

  it("of a verification that Twilio no longer has, before our clock expires it, is 410 verification_expired", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    await world.twin.fetch("http://127.0.0.1:8788/twin/clock", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ advance_seconds: 660 }),
    });
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    expect(answer.status).toBe(410);
    expect((await problem(answer)).code).toBe("verification_expired");
    const read = await world.send(`/v1/verifications/${id}`);
    expect(await read.json()).toMatchObject({ status: "expired" });
  });

  it("of another number's verification accepts only that number's code", async () => {
    const world = await createWorld();
    const mine = await start(world, to);
    const other = await start(world, "+12015550124");
    const answer = await world.post(`/v1/verifications/${mine.id}/check`, { code: other.code });
    expect(mine.code).not.toBe(other.code);
    expect(answer.status).toBe(422);
  });

  it.each(["vrf_AAAA", "vrf_", "nonsense", `vrf_${"A".repeat(400)}`, "%00", "vrf_%E2%82%AC"])(
    "with the id %j is 404 without a call of Twilio",
    async (id) => {
      const world = await createWorld();
      const answer = await world.post(`/v1/verifications/${id}/check`, { code: "123456" });
      expect(answer.status).toBe(404);
      expect(world.outgoing).toHaveLength(0);
      expect((await env.LIMITS.list()).keys).toHaveLength(0);
    },
  );

  it("with an id that another deployment sealed is 404", async () => {
    const { id } = await start(await createWorld(), to);
    const other = await createWorld();
    const answer = await other.post(`/v1/verifications/${id}/check`, { code: "123456" });
    expect(answer.status).toBe(404);
    expect(other.outgoing).toHaveLength(0);
  });

  it.each([123456, "12345a", "123", "12345678901", "１２３４５６", "", null, ["123456"]])(
    "with the code %j is 400 without a call of Twilio",
    async (code) => {
      const world = await createWorld();
      const { id } = await start(world, to);
      const asked = world.outgoing.length;
      const answer = await world.post(`/v1/verifications/${id}/check`, { code });
      expect(answer.status).toBe(400);
      expect(await problem(answer)).toMatchObject({ errors: [{ path: "code" }] });
      expect(world.outgoing).toHaveLength(asked);
    },
  );
});

describe("a resend", () => {
  it("repeats the same code under the same id, masks the number and does not extend the lifetime", async () => {
    const world = await createWorld();
    const { id, code, expiresAt } = await start(world, to);
    world.clock.nowMs += 60_000;
    const answer = await world.send(`/v1/verifications/${id}/resend`, { method: "POST" });
    expect(answer.status).toBe(200);
    expect(v.parse(startedVerification, await answer.json())).toMatchObject({
      id,
      to: "+1•••••0123",
      channel: "sms",
      expires_at: expiresAt,
    });
    const messages = await world.inbox(to);
    expect(messages).toHaveLength(2);
    expect(messages[0]?.code).toBe(code);
  });

  it("by another channel sends the same code there, and the token names that channel", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    world.clock.nowMs += 30_000;
    const answer = await world.post(`/v1/verifications/${id}/resend`, { channel: "call" });
    const resent = v.parse(startedVerification, await answer.json());
    expect(resent).toMatchObject({ id, channel: "call" });
    expect((await world.inbox(to))[0]).toMatchObject({ channel: "call", code });
    const checked = await world.post(`/v1/verifications/${id}/check`, { code });
    const { access_token } = await checked.json<{ access_token: string }>();
    expect(decodeJwt(access_token).amr).toEqual(["tel"]);
  });

  it("is announced in seconds, which a device with a wrong clock can count down", async () => {
    const world = await createWorld();
    const key = { "Idempotency-Key": "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e5f" };
    const secondsOf = async (answer: Response) =>
      v.parse(startedVerification, await answer.json()).resend_in;
    const first = await world.post("/v1/verifications", { to }, key);
    const { id } = await first.clone().json<{ id: string }>();
    expect(await secondsOf(first)).toBe(30);
    world.clock.nowMs += 10_500;
    expect(await secondsOf(await world.post("/v1/verifications", { to }, key))).toBe(20);
    world.clock.nowMs += 60_000;
    expect(await secondsOf(await world.post("/v1/verifications", { to }, key))).toBe(0);
    expect(await secondsOf(await world.post(`/v1/verifications/${id}/resend`, {}))).toBe(40);
  });

  it("after expiry is 410 and sends nothing", async () => {
    const world = await createWorld();
    const { id } = await start(world, to);
    world.clock.nowMs += 10 * 60 * 1000;
    const answer = await world.post(`/v1/verifications/${id}/resend`, {});
    expect(answer.status).toBe(410);
    expect(await world.inbox(to)).toHaveLength(1);
  });

  it("must wait 30, 40, 60 and 90 s, and the answer states the remaining seconds", async () => {
    const world = await createWorld();
    const { id } = await start(world, to);
    const resend = () => world.post(`/v1/verifications/${id}/resend`, {});
    for (const seconds of [30, 40, 60, 90]) {
      world.clock.nowMs += seconds * 1000 - 1500;
      const early = await resend();
      expect(early.status).toBe(429);
      expect(early.headers.get("Retry-After")).toBe("2");
      world.clock.nowMs += 1500;
      expect((await resend()).status).toBe(200);
    }
    expect(await world.inbox(to)).toHaveLength(5);
  });

  it("past the number's five sends in ten minutes is 429 with a rounded Retry-After", async () => {
    const world = await createWorld();
    const { id } = await start(world, to);
    for (let count = 0; count < 4; count += 1) {
      world.clock.nowMs += 90_000;
      expect((await world.post(`/v1/verifications/${id}/resend`, {})).status).toBe(200);
    }
    world.clock.nowMs += 120_000;
    const answer = await world.post(`/v1/verifications/${id}/resend`, {});
    expect(answer.status).toBe(429);
    expect(answer.headers.get("Retry-After")).toBe("600");
    expect(answer.headers.get("RateLimit")).toBeNull();
    expect((await problem(answer)).code).toBe("rate_limited");
    expect(await world.inbox(to)).toHaveLength(5);
  });

  it("in the last 15 s is 410 verification_expired, since Twilio may make another code by then", async () => {
    const world = await createWorld();
    const { id } = await start(world, to);
    world.clock.nowMs += 585_001;
    const answer = await world.post(`/v1/verifications/${id}/resend`, {});
    expect((await problem(answer)).code).toBe("verification_expired");
    expect(await world.inbox(to)).toHaveLength(1);
  });
});

describe("reading and canceling", () => {
  it("shows pending, then canceled; canceling is idempotent; the code no longer works", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    const read = async () => v.parse(verificationView, await (await world.send(path)).json());
    const path = `/v1/verifications/${id}`;
    expect(await read()).toMatchObject({ id, status: "pending", channel: "sms" });
    expect((await world.send(path, { method: "DELETE" })).status).toBe(204);
    expect((await read()).status).toBe("canceled");
    expect((await world.send(path, { method: "DELETE" })).status).toBe(204);
    const checked = await world.post(`${path}/check`, { code });
    expect(checked.status).toBe(410);
    expect((await problem(checked)).code).toBe("verification_canceled");
  });

  it("tells how long a resend must wait, while there may be one", async () => {
    const world = await createWorld();
    const { id } = await start(world, to);
    const path = `/v1/verifications/${id}`;
    const read = async () => v.parse(verificationView, await (await world.send(path)).json());
    const { resend_at } = await read();
    expect(resend_at).toBe(new Date(world.clock.nowMs + 30_000).toISOString());
    world.clock.nowMs += 12_300;
    expect(await read()).toMatchObject({ resend_at, resend_in: 18 });
    world.clock.nowMs += 40_000;
    expect(await read()).toMatchObject({ resend_at, resend_in: 0 });
    await world.post(`${path}/resend`, {});
    expect((await read()).resend_in).toBe(40);
    await world.send(path, { method: "DELETE" });
    const ended = await read();
    expect(ended).not.toHaveProperty("resend_at");
    expect(ended).not.toHaveProperty("resend_in");
  });

  it("shows expired by the clock without a call of Twilio", async () => {
    const world = await createWorld();
    const { id } = await start(world, to);
    world.clock.nowMs += 10 * 60 * 1000;
    const asked = world.outgoing.length;
    const answer = await world.send(`/v1/verifications/${id}`);
    expect(v.parse(verificationView, await answer.json()).status).toBe("expired");
    expect((await world.send(`/v1/verifications/${id}`, { method: "DELETE" })).status).toBe(204);
    expect(world.outgoing).toHaveLength(asked);
  });

  it("shows approved for a day, in spite of a later cancel, and then 404", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    await world.post(`/v1/verifications/${id}/check`, { code });
    expect((await world.send(`/v1/verifications/${id}`, { method: "DELETE" })).status).toBe(204);
    const read = await world.send(`/v1/verifications/${id}`);
    expect(v.parse(verificationView, await read.json()).status).toBe("approved");
    world.clock.nowMs += 24 * 60 * 60 * 1000;
    const ran: boolean[] = [];
    for (const object of await listDurableObjectIds(env.PHONE_LEDGER))
      ran.push(await runDurableObjectAlarm(env.PHONE_LEDGER.get(object)));
    expect(ran).toContain(true);
    expect((await world.send(`/v1/verifications/${id}`)).status).toBe(404);
  });
});

describe("a start", () => {
  it.each([
    [{ to: "12015550123" }, "invalid_phone_number"],
    [{ to: "201 555 0123" }, "invalid_phone_number"],
    [{ to: "+1 201 555 0123 ext. 5" }, "invalid_phone_number"],
    [{ to: "911", country: "US" }, "invalid_phone_number"],
    [{ to: "+19002345678" }, "unsupported_number_type"],
    [{ to: "+447012345678" }, "unsupported_number_type"],
    [{ to: "+80012345678" }, "unsupported_country"],
    [{ to: "+442079460958" }, "unsupported_country"],
    [{ to: "+12015550123", country: "ZZ" }, "unsupported_country"],
  ])("of %j is 422 %s before anything is sent", async (body, code) => {
    const world = await createWorld({ env: { ALLOWED_COUNTRIES: "US,DE" } });
    const answer = await world.post("/v1/verifications", body);
    expect(answer.status).toBe(422);
    expect((await problem(answer)).code).toBe(code);
    expect(world.outgoing).toHaveLength(0);
  });

  it.each([
    ["201 555 0123", {}, true],
    ["（２０１）５５５ ０１２３", {}, true],
    ["0171 2345678", { DEFAULT_COUNTRY: "US" }, true],
    ["+1 201 555", {}, false],
    ["0049 171 2345678", {}, true],
    ["hello", {}, false],
  ])(
    "of a number without a plus and without `country` says what to add: %s %j %s",
    async (typed, settings, says) => {
      const world = await createWorld({ env: { ALLOWED_COUNTRIES: "US,DE", ...settings } });
      const { code, detail } = await problem(await world.post("/v1/verifications", { to: typed }));
      expect(code).toBe("invalid_phone_number");
      const cure = "This is not a phone number: send it in E.164 (+14155552671), or add `country`";
      expect(detail).toBe(says ? cure : "This is not a phone number");
    },
  );

  it("of an invalid number with a `country` does not ask for a country", async () => {
    const world = await createWorld({ env: { ALLOWED_COUNTRIES: "US,DE" } });
    const answer = await world.post("/v1/verifications", { to: "0171 2345678", country: "US" });
    expect((await problem(answer)).detail).toBe("This is not a phone number");
  });

  it.each(["step_up", "two_factor", "transaction"])(
    "for the purpose %s is 403 while it is not enabled",
    async (purpose) => {
      const world = await createWorld();
      const answer = await world.post("/v1/verifications", { to, purpose });
      expect(answer.status).toBe(403);
      expect((await problem(answer)).code).toBe("purpose_not_enabled");
      expect(world.outgoing).toHaveLength(0);
    },
  );

  it.each(["captcha", "chanel"])(
    "with the field %s is 400, since this version does not have it",
    async (field) => {
      const world = await createWorld();
      const answer = await world.post("/v1/verifications", { to, [field]: "x" });
      expect(answer.status).toBe(400);
      expect(await problem(answer)).toMatchObject({ errors: [{ path: field }] });
      expect(world.outgoing).toHaveLength(0);
    },
  );

  it("reads a national number by its country, or else by DEFAULT_COUNTRY", async () => {
    const world = await createWorld({ env: { DEFAULT_COUNTRY: "US" } });
    await world.post("/v1/verifications", { to: "(201) 555-0123" });
    await world.post("/v1/verifications", { to: "0171 1234567", country: "de" });
    expect(world.outgoing.map(({ form }) => form.To)).toEqual([to, "+491711234567"]);
  });

  it.each([
    ["001 65 8321 4567", "HK", "+6583214567"],
    ["010 44 7400 123456", "JP", "+447400123456"],
    ["011 52 1 55 1234 5678", "US", "+525512345678"],
    ["0044 7400 123456", "JP", "+447400123456"],
  ])("reads %s by the exit codes of %s: to %s", async (number, country, e164) => {
    const world = await createWorld();
    expect((await world.post("/v1/verifications", { to: number, country })).status).toBe(201);
    expect(world.outgoing.map(({ form }) => form.To)).toEqual([e164]);
  });

  it.each([
    { to: "0016583214567", country: "HK" },
    { to: "0044 7400 123456" },
    { to: "010 49846134", country: "JP" },
  ])("to %j, which may be two phones, is 422 before anything is sent", async (body) => {
    const world = await createWorld();
    const answer = await world.post("/v1/verifications", body);
    expect(answer.status).toBe(422);
    expect((await problem(answer)).code).toBe("invalid_phone_number");
    expect(world.outgoing).toHaveLength(0);
  });

  it("accepts the ranges of EXTRA_NUMBER_RANGES, which the numbering plans do not have", async () => {
    const number = "+16245550123";
    const before = await createWorld();
    expect((await before.post("/v1/verifications", { to: number })).status).toBe(422);
    const world = await createWorld({
      env: { EXTRA_NUMBER_RANGES: "+1624,+1861", ALLOWED_COUNTRIES: "US", COUNTRY_CAPS: "US:5/1d" },
    });
    const { id, code } = await start(world, number);
    expect((await world.post(`/v1/verifications/${id}/check`, { code })).status).toBe(200);
    for (const text of ["(861) 555-0123", "011 1 861 555 0123"]) {
      const answer = await world.post("/v1/verifications", { to: text, country: "US" });
      expect(answer.status).toBe(201);
    }
    expect(world.outgoing.map(({ form }) => form.To)).toEqual(
      expect.arrayContaining([number, "+18615550123"]),
    );
  });

  it.each(["+1624555012", "+162455501234", "+19002345678", "+18615"])(
    "does not accept %s by a range: it is too short, too long, premium or outside the ranges",
    async (number) => {
      const world = await createWorld({ env: { EXTRA_NUMBER_RANGES: "+1624,+1900" } });
      expect((await world.post("/v1/verifications", { to: number })).status).toBe(422);
      expect(world.outgoing).toHaveLength(0);
    },
  );

  it.each([
    ["en-US", "en"],
    ["PT-br", "pt-BR"],
    ["pt-PT", "pt"],
    ["es-MX", "es"],
    ["fil", "tl"],
    ["no", "nb"],
    ["zh-Hant-TW", "zh"],
    ["ca-ES-valencia", "ca"],
    ["en-US-u-hc-h12", "en"],
    ["en-x-abcdefgh-abcdefgh-abcdefgh-abc", "en"],
  ])("takes the language %s, and asks Twilio Verify for its own: %s", async (locale, handed) => {
    const world = await createWorld();
    const answer = await world.post("/v1/verifications", { to, locale });
    expect(answer.status).toBe(201);
    expect(world.outgoing.map(({ form }) => form)).toEqual([
      { To: to, Channel: "sms", Locale: handed },
    ]);
  });

  it.each(["sl-rozaj-biske-1994", "fa-IR", "sw"])(
    "leaves the language %s to the number's country, since Twilio Verify does not have it",
    async (locale) => {
      const world = await createWorld();
      expect((await world.post("/v1/verifications", { to, locale })).status).toBe(201);
      expect(world.outgoing.map(({ form }) => form)).toEqual([{ To: to, Channel: "sms" }]);
    },
  );

  describe("in a language that Twilio Verify no longer has", () => {
    const withoutThai: WorldOptions = {
      network: async (request, twin) => {
        const form = new URLSearchParams(
          new TextDecoder().decode(await request.clone().arrayBuffer()),
        );
        if (form.get("Locale") !== "th") return twin(request);
        form.set("Locale", "th-unsupported");
        const { url, method, headers } = request;
        return twin(url, { method, headers, body: form.toString() });
      },
    };

    it("is sent once, without the language, and without an alert", async () => {
      const world = await createWorld(withoutThai);
      const { id, code } = await start(world, to, { locale: "th" });
      expect(world.outgoing.map(({ form }) => form)).toEqual([
        { To: to, Channel: "sms", Locale: "th" },
        { To: to, Channel: "sms" },
      ]);
      expect(await world.inbox(to)).toHaveLength(1);
      expect((await world.post(`/v1/verifications/${id}/check`, { code })).status).toBe(200);
      const log = world.lines.join("\n");
      expect(log).toContain('"verification.locale_refused"');
      expect(log).not.toContain('"provider.error"');
      expect(log).not.toContain('"alert"');
    });

    it("is resent in the same way", async () => {
      const world = await createWorld(withoutThai);
      const { id } = await start(world, to, { locale: "th" });
      world.clock.nowMs += 31_000;
      const resent = await world.post(`/v1/verifications/${id}/resend`, { channel: "call" });
      expect(resent.status).toBe(200);
      expect(world.outgoing.map(({ form }) => form.Locale)).toEqual([
        "th",
        undefined,
        "th",
        undefined,
      ]);
      expect(await world.inbox(to)).toHaveLength(2);
    });

    it("is 503 with one alert if the service itself is missing", async () => {
      const world = await createWorld({
        env: { TWILIO_VERIFY_SERVICE_SID: `VA${"0".repeat(32)}` },
      });
      const answer = await world.post("/v1/verifications", { to, locale: "de" });
      expect(answer.status).toBe(503);
      expect(world.outgoing.map(({ form }) => form.Locale)).toEqual(["de", undefined]);
      const alerts = world.lines.filter((line) => line.includes('"level":"alert"'));
      expect(alerts).toHaveLength(1);
      expect(alerts[0]).toContain("20404");
    });
  });

  it("gives each start for one number its own id", async () => {
    const world = await createWorld();
    const ids = [await start(world, to), await start(world, to)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  it("with bad credentials is 503, and /healthz names them from then on", async () => {
    const world = await createWorld({ env: { TWILIO_AUTH_TOKEN: "f".repeat(32) } });
    expect((await world.send("/healthz")).status).toBe(200);
    const answer = await world.post("/v1/verifications", { to });
    expect(answer.status).toBe(503);
    expect((await problem(answer)).code).toBe("provider_unavailable");
    const health = await world.send("/healthz");
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/^TWILIO_AUTH_TOKEN: .*20003/)],
    });
  });
});

describe("a start that Twilio refuses with a code", () => {
  const { decided } = errorCodes.verify;
  const codesOf = (...meanings: string[]) =>
    Object.entries(decided)
      .filter(([, [meaning = ""]]) => meanings.includes(meaning))
      .map(([code]) => Number(code));
  const answerTo = async (code: number, channel: string) => {
    const world = await createWorld();
    await world.fault({ product: "verify", status: 400, code, count: 1 });
    const answer = await world.post("/v1/verifications", { to, channel });
    expect(answer.status).toBe(422);
    expect(await world.inbox(to)).toHaveLength(0);
    return problem(answer);
  };

  it.each(codesOf("channel_unavailable", "blocked"))(
    "of the channel (%i) is channel_unavailable and names the other channels",
    async (code) => {
      expect(await answerTo(code, "sms")).toMatchObject({
        code: "channel_unavailable",
        suggested_channels: ["call", "whatsapp"],
      });
      expect(await answerTo(code, "call")).toMatchObject({
        code: "channel_unavailable",
        suggested_channels: ["sms", "whatsapp"],
      });
    },
  );

  it.each([60204, 60220, 60250, 69999])("of the set-up (%i) is provider_rejected", async (code) => {
    expect(await answerTo(code, "sms")).toMatchObject({
      code: "provider_rejected",
      provider_code: code,
    });
  });
});

describe("the numbers that the twin lists", () => {
  it.each([
    ["+12015550160", 422, "channel_unavailable", { suggested_channels: ["call"] }],
    ["+12015550161", 422, "unsupported_country", {}],
    ["+12015550162", 422, "channel_unavailable", { suggested_channels: ["call", "whatsapp"] }],
    ["+12015550163", 422, "channel_unavailable", { suggested_channels: ["call", "whatsapp"] }],
    ["+12015550164", 503, "provider_unavailable", {}],
    ["+12015550165", 429, "rate_limited", {}],
    ["+12015550166", 429, "rate_limited", {}],
    ["+12015550167", 503, "provider_unavailable", {}],
    ["+12015550169", 502, "provider_bad_response", {}],
    ["+12015550170", 502, "provider_bad_response", {}],
    ["+12015550171", 503, "provider_unavailable", {}],
    ["+12015550175", 422, "invalid_phone_number", {}],
    ["+12015550179", 422, "channel_unavailable", { suggested_channels: ["call", "whatsapp"] }],
  ])("%s: a start answers %i %s", async (number, status, code, members) => {
    const world = await createWorld();
    const answer = await world.post("/v1/verifications", { to: number });
    expect(answer.status).toBe(status);
    expect(await problem(answer)).toMatchObject({ code, ...members });
    if (status === 503 || status === 429)
      expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await world.inbox(number)).length).toBeLessThanOrEqual(1);
  });

  it("+12015550160 accepts a call", async () => {
    const world = await createWorld();
    expect((await start(world, "+12015550160", { channel: "call" })).code).toMatch(/^\d{6}$/);
  });

  it("+12015550172: a check answers 410 verification_exhausted", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, "+12015550172");
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    expect((await problem(answer)).code).toBe("verification_exhausted");
  });

  it("+12015550173: an approval of another number is refused", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, "+12015550173");
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    expect(answer.status).toBe(502);
    expect((await problem(answer)).code).toBe("provider_bad_response");
  });

  it("+12015550177: a check that Twilio cannot judge answers 503", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, "+12015550177");
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    expect(answer.status).toBe(503);
  });
});
