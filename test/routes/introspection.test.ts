import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { encodeBasic } from "../../src/lib/basic-auth.ts";
import {
  asBackend,
  bankKey,
  checkAs,
  createBackendWorld,
  serviceKey,
  startAs,
} from "../helpers/backend.ts";
import { allFailures, failing } from "../helpers/failing.ts";
import { logged } from "../helpers/guard.ts";
import { randomKey, signingJwk } from "../helpers/keys.ts";
import { kindOf } from "../helpers/racing.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import { createWorld, workerOrigin, type World } from "../helpers/world.ts";

const path = "/v1/introspect";
const to = "+12015550123";
const askerKey = `sk_${"i".repeat(43)}`;
const otherKey = `sk_${"o".repeat(43)}`;

async function askedWorld(env: Record<string, unknown> = {}): Promise<World> {
  const keys = await Promise.all([
    serviceKey("reports", [], askerKey, ["introspect"]),
    serviceKey("other", ["sign_in"], otherKey, ["subjects", "admin", "twilio", "deliveries"]),
    serviceKey("bank", ["sign_in", "two_factor", "transaction"], bankKey),
  ]);
  return createBackendWorld({
    SERVICE_KEYS: JSON.stringify(keys.map(({ entry }) => entry)),
    ...env,
  });
}

function ask(
  world: World,
  form: Record<string, string> | string,
  headers: Record<string, string> = asBackend(askerKey),
): Promise<Response> {
  return world.send(path, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
    body: typeof form === "string" ? form : new URLSearchParams(form).toString(),
  });
}

async function said(world: World, token: string): Promise<Record<string, unknown>> {
  const answer = await ask(world, { token });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  return answer.json();
}

const inactive = { active: false };

describe("an access token of a live session", () => {
  it("is active, and the answer says who signed in", async () => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    const { exp, iat, auth_time } = decodeJwt(session.access_token);
    expect(await said(world, session.access_token)).toEqual({
      active: true,
      token_type: "Bearer",
      sub: session.subject,
      phone_number: to,
      amr: ["sms"],
      acr: "aal1",
      auth_time,
      sid: session.session_id,
      client_id: "phonegate",
      exp,
      iat,
      iss: workerOrigin,
      aud: workerOrigin,
    });
  });

  it("says that it is of a test number, where it is, and so does its refresh token", async () => {
    const number = "+12015550199";
    const world = await askedWorld({ TEST_NUMBERS: `${number}:424242@2035-01-31` });
    const started = await world.post("/v1/verifications", { to: number });
    const { id } = await started.json<{ id: string }>();
    const answer = await world.post(`/v1/verifications/${id}/check`, { code: "424242" });
    const session = await answer.json<Session>();
    for (const token of [session.access_token, session.refresh_token])
      expect(await said(world, token)).toMatchObject({ active: true, test: true });
  });

  it("has the client, the subject and the factors that a backend named", async () => {
    const world = await askedWorld({ AUDIENCE: "https://api.example.com" });
    const begun = await startAs(world, bankKey, { to, subject: "ann@shop.example", amr: ["pwd"] });
    const session = await (await checkAs(world, begun)).json<Session>();
    expect(await said(world, session.access_token)).toMatchObject({
      sub: "ann@shop.example",
      client_id: "bank",
      amr: ["pwd", "sms"],
      acr: "aal2",
      aud: "https://api.example.com",
      phone_number: to,
    });
  });

  it("is inactive after it expired, while its session is live", async () => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    world.clock.nowMs += 600_000;
    expect(await said(world, session.access_token)).toEqual(inactive);
    expect(await said(world, session.refresh_token)).toMatchObject({ active: true });
  });

  it.each([
    ["signed out", "DELETE /v1/sessions/current"],
    ["signed out everywhere", "DELETE /v1/sessions"],
    ["signed out by the operator", "POST /v1/admin/subjects/sign-out"],
  ])("is inactive the moment it was %s, wherever the question is asked", async (_, request) => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    // Another location: a new isolate with empty memory and the same stores.
    const elsewhere = await createWorld({ env: world.settings });
    expect(await said(elsewhere, session.access_token)).toMatchObject({ active: true });
    const [method = "", route = ""] = request.split(" ");
    const done =
      method === "POST"
        ? await world.post(route, { to }, asBackend(otherKey))
        : await world.send(route, { method, headers: bearer(session) });
    expect(done.ok).toBe(true);
    for (const token of [session.access_token, session.refresh_token])
      for (const place of [elsewhere, world]) expect(await said(place, token)).toEqual(inactive);
  });
});

describe("a refresh token", () => {
  it("is active until it is spent; then its successor is active", async () => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    const { auth_time, iat } = decodeJwt(session.access_token);
    expect(await said(world, session.refresh_token)).toEqual({
      active: true,
      sub: session.subject,
      phone_number: to,
      amr: ["sms"],
      acr: "aal1",
      auth_time,
      sid: session.session_id,
      client_id: "phonegate",
      exp: (iat ?? 0) + 7 * 86_400,
      iat,
      iss: workerOrigin,
      aud: workerOrigin,
    });
    const answer = await world.post("/v1/sessions/refresh", {
      refresh_token: session.refresh_token,
    });
    const next = await answer.json<Session>();
    expect(await said(world, session.refresh_token)).toEqual(inactive);
    expect(await said(world, next.refresh_token)).toMatchObject({ active: true });
  });

  it("that is spent ends no session when it is introspected: introspection is no replay", async () => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    const refresh = (refresh_token: string) =>
      world.post("/v1/sessions/refresh", { refresh_token });
    const next = await (await refresh(session.refresh_token)).json<Session>();
    world.clock.nowMs += 60_000;
    expect(await said(world, session.refresh_token)).toEqual(inactive);
    expect((await refresh(next.refresh_token)).status).toBe(200);
  });

  it("is inactive after the idle lifetime, also if the operator has shortened it since", async () => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    const shorter = await createWorld({ env: { ...world.settings, REFRESH_IDLE_TTL: "1h" } });
    expect(await said(shorter, session.refresh_token)).toMatchObject({ active: true });
    world.clock.nowMs += 3_600_000;
    expect(await said(shorter, session.refresh_token)).toEqual(inactive);
    expect(await said(world, session.refresh_token)).toMatchObject({ active: true });
    world.clock.nowMs += 7 * 86_400_000;
    expect(await said(world, session.refresh_token)).toEqual(inactive);
  });
});

describe("a text that is no token of a session", () => {
  it("is inactive: a proof, a device token, a session id, a key, any text", async () => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    const begun = await startAs(world, bankKey, { to, purpose: "two_factor", subject: "user-42" });
    const { proof_token } = await (await checkAs(world, begun)).json<{ proof_token: string }>();
    const texts = [
      proof_token,
      session.device_token,
      session.session_id,
      askerKey,
      `${session.access_token}x`,
      `${session.access_token} `,
      `rt_${"A".repeat(100)}`,
      "x",
      "..",
      "é".repeat(100),
    ];
    for (const token of texts) expect(await said(world, token)).toEqual(inactive);
  });

  it("is inactive if its signing key or its pepper is no longer listed", async () => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    const keys = JSON.stringify({ keys: [await signingJwk("key-2")] });
    const other = await createWorld({ env: { ...world.settings, SIGNING_KEYS: keys } });
    expect(await said(other, session.access_token)).toEqual(inactive);
    const env = { ...world.settings, PEPPERS: `9:${randomKey()}` };
    const peppered = await createWorld({ env });
    expect(await said(peppered, session.refresh_token)).toEqual(inactive);
    // The access token is valid. Only the sealed number cannot be read.
    const rest = await said(peppered, session.access_token);
    expect(rest).toMatchObject({ active: true, sub: session.subject });
    expect(rest).not.toHaveProperty("phone_number");
  });
});

describe("the caller of introspection", () => {
  it("may authenticate by HTTP Basic with client id and key, form-encoded as in RFC 6749 §2.3.1", async () => {
    const world = await askedWorld();
    const { access_token } = await signIn(world, to);
    const basic = (id: string, key: string) => ({ Authorization: encodeBasic(id, key) });
    for (const headers of [
      basic("reports", askerKey),
      basic("reports", askerKey.replace("sk_", "sk%5F")),
      basic("r%65ports", askerKey),
    ])
      expect(await (await ask(world, { token: access_token }, headers)).json()).toMatchObject({
        active: true,
      });
  });

  it.each([
    ["the key of another client", "other", askerKey],
    ["a wrong key", "reports", `sk_${"x".repeat(43)}`],
    ["no key", "reports", ""],
    ["no client", "", askerKey],
    ["a broken encoding", "reports", `${askerKey}%`],
  ])("is refused by Basic with %s: 401, by the scheme that was used", async (_, id, key) => {
    const world = await askedWorld();
    const headers = { Authorization: encodeBasic(id, key) };
    const answer = await ask(world, { token: "x" }, headers);
    expect(answer.headers.get("WWW-Authenticate")).toBe('Basic realm="phonegate"');
    expect(await kindOf(answer)).toBe("401 invalid_service_key");
  });

  it("may use Basic for this route only", async () => {
    const world = await askedWorld();
    const headers = { Authorization: encodeBasic("other", otherKey) };
    const answer = await world.send("/v1/admin/guard", { headers });
    expect(await kindOf(answer)).toBe("401 invalid_service_key");
  });

  const tokens = async (world: World) => {
    const session = await signIn(world, to);
    return [session.access_token, session.refresh_token, "rt_x", "no token", "", "x".repeat(9000)];
  };

  it("without the scope learns nothing: the answer is the same for every body, without a store call", async () => {
    const world = await askedWorld();
    const forms = (await tokens(world)).map((token) => new URLSearchParams({ token }).toString());
    const { bindings, calls } = failing("SUBJECT_SESSIONS.read", "rejects");
    const asked = await createWorld({ env: { ...world.settings, ...bindings } });
    for (const headers of [
      asBackend(otherKey),
      asBackend(bankKey),
      { Authorization: encodeBasic("other", otherKey) },
      asBackend(`sk_${"x".repeat(43)}`),
      {},
    ]) {
      const answers = new Set<string>();
      for (const form of [...forms, "", "token=a&token=b"]) {
        const answer = await ask(asked, form, headers);
        const { request_id: _, ...told } = await answer.json<Record<string, unknown>>();
        answers.add(JSON.stringify([answer.status, told, answer.headers.get("WWW-Authenticate")]));
      }
      const json = await asked.post(path, { token: "x" }, headers);
      const { request_id: _, ...told } = await json.json<Record<string, unknown>>();
      answers.add(JSON.stringify([json.status, told, json.headers.get("WWW-Authenticate")]));
      expect([...answers]).toHaveLength(1);
      expect([...answers][0]).toMatch(/insufficient_scope|invalid_service_key/);
    }
    expect(calls()).toBe(0);
  });
});

describe("the request", () => {
  it.each(["", "tokens=x", "token=", "token=a&token=b"])(
    "'%s' is 400 and the answer names the field",
    async (form) => {
      const world = await askedWorld();
      const answer = await ask(world, form);
      const { status, errors } = await answer.json<{ status: number; errors: unknown[] }>();
      expect([status, errors]).toMatchObject([400, [{ path: "token" }]]);
    },
  );

  it("accepts a hint and other parameters, and uses only the token", async () => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    for (const token_type_hint of ["access_token", "refresh_token", "x"])
      for (const token of [session.access_token, session.refresh_token]) {
        const answer = await ask(world, { token, token_type_hint, resource: "x" });
        expect(await answer.json()).toMatchObject({ active: true });
      }
  });

  it("must be form-encoded and a POST", async () => {
    const world = await askedWorld();
    const json = await world.post(path, { token: "x" }, asBackend(askerKey));
    expect(await kindOf(json)).toBe("415 unsupported_media_type");
    const get = await world.send(`${path}?token=x`, { headers: asBackend(askerKey) });
    expect(await kindOf(get)).toBe("405 method_not_allowed");
    const long = await ask(world, { token: "x".repeat(9000) });
    expect(await kindOf(long)).toBe("413 payload_too_large");
  });

  it.each(allFailures)("is 503 if the store %s, and never inactive", async (how) => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    const { bindings, calls } = failing("SUBJECT_SESSIONS.read", how);
    Object.assign(world.settings, bindings);
    for (const token of [session.access_token, session.refresh_token])
      expect(await kindOf(await ask(world, { token }))).toBe("503 store_unavailable");
    expect(calls()).toBe(how === "is retryable" ? 4 : 2);
  });

  it("is logged with the asking client, without the token and the number", async () => {
    const world = await askedWorld();
    const session = await signIn(world, to);
    world.lines.length = 0;
    await said(world, session.access_token);
    await said(world, "no token");
    expect(logged(world, "token.introspected")).toMatchObject([
      { client_id: "reports", active: true },
      { client_id: "reports", active: false },
    ]);
    const text = world.lines.join("\n");
    for (const secret of [session.access_token, to.slice(1), session.subject])
      expect(text).not.toContain(secret);
  });
});
