import { decodeJwt } from "jose";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { currentSession, refreshedSession, sessionList } from "../../src/contract/sessions.ts";
import { approvedVerification } from "../../src/contract/verifications.ts";
import { problem } from "../helpers/problem.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import { createWorld, start, type World } from "../helpers/world.ts";

const to = "+12015550123";
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const refresh = (world: World, refresh_token: string) =>
  world.post("/v1/sessions/refresh", { refresh_token });
const get = (world: World, path: string, session: Session) =>
  world.send(path, { headers: bearer(session) });
const remove = (world: World, path: string, session: Session) =>
  world.send(path, { method: "DELETE", headers: bearer(session) });

/** Expects 204 with an empty body. */
async function expectGone(answer: Response): Promise<void> {
  expect([answer.status, await answer.text()]).toEqual([204, ""]);
}

/** Expects that no token of the session works. */
async function expectEnded(world: World, session: Session): Promise<void> {
  const refreshed = await refresh(world, session.refresh_token);
  expect(await problem(refreshed)).toMatchObject({ code: "invalid_token" });
  for (const path of ["/v1/sessions/current", "/v1/sessions"]) {
    const answer = await get(world, path, session);
    expect(answer.headers.get("WWW-Authenticate")).toBe(
      'Bearer realm="phonegate", error="invalid_token"',
    );
    expect(await problem(answer)).toMatchObject({ status: 401, code: "invalid_token" });
  }
}

describe("an approval", () => {
  it("answers with a session that can be refreshed, and a device token", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    const session = v.parse(approvedVerification, await answer.json());
    expect(session).toMatchObject({ expires_in: 600, refresh_expires_in: 7 * 86_400 });
    expect(session.refresh_token).toMatch(/^rt_/);
  });

  it("opens the session in the store before it answers", async () => {
    const world = await createWorld();
    const session = await signIn(world, to);
    expect((await get(world, "/v1/sessions/current", session)).status).toBe(200);
  });
});

describe("a refresh", () => {
  it("answers with the same session, a new access token and the next refresh token", async () => {
    const world = await createWorld();
    const session = await signIn(world, to);
    world.clock.nowMs += 9 * minuteMs;
    const answer = await refresh(world, session.refresh_token);
    expect(answer.status).toBe(200);
    const next = v.parse(refreshedSession, await answer.json());
    expect(next).toMatchObject({
      token_type: "Bearer",
      expires_in: 600,
      refresh_expires_in: 7 * 86_400,
      session_id: session.session_id,
      subject: session.subject,
    });
    expect(next.refresh_token).not.toBe(session.refresh_token);
    const [before, after] = [decodeJwt(session.access_token), decodeJwt(next.access_token)];
    const { jti, iat = 0, exp = 0, ...same } = before;
    expect(after).toEqual({
      ...same,
      jti: expect.not.stringMatching(String(jti)),
      iat: iat + 540,
      exp: exp + 540,
    });
  });

  it("repeated within ten seconds answers with the same successor", async () => {
    const world = await createWorld();
    const { refresh_token } = await signIn(world, to);
    const first = v.parse(refreshedSession, await (await refresh(world, refresh_token)).json());
    world.clock.nowMs += 9999;
    const again = v.parse(refreshedSession, await (await refresh(world, refresh_token)).json());
    expect(again.refresh_token).toBe(first.refresh_token);
  });

  it("with a token spent ten seconds ago ends the session, which is logged", async () => {
    const world = await createWorld();
    const session = await signIn(world, to);
    const answer = await refresh(world, session.refresh_token);
    const next = v.parse(refreshedSession, await answer.json());
    world.clock.nowMs += 10_000;
    expect(await problem(await refresh(world, session.refresh_token))).toMatchObject({
      status: 401,
      code: "invalid_token",
    });
    const line = world.lines.find((each) => each.includes("session.reuse_detected")) ?? "{}";
    expect(JSON.parse(line)).toMatchObject({ level: "alert", id: session.session_id });
    await expectEnded(world, { ...session, ...next, refresh_token: String(next.refresh_token) });
  });

  it("after the idle lifetime is refused, and within it prolongs the session", async () => {
    const world = await createWorld({ env: { REFRESH_IDLE_TTL: "2d", REFRESH_MAX_TTL: "5d" } });
    const [idle, used] = [await signIn(world, to), await signIn(world, "+12015550124")];
    world.clock.nowMs += 2 * dayMs - 1000;
    const answer = await refresh(world, used.refresh_token);
    const next = v.parse(refreshedSession, await answer.json());
    world.clock.nowMs += 1000;
    expect((await refresh(world, idle.refresh_token)).status).toBe(401);
    expect((await refresh(world, String(next.refresh_token))).status).toBe(200);
  });

  it("near the session's end gives tokens that expire with the session", async () => {
    const world = await createWorld({ env: { REFRESH_IDLE_TTL: "2h", REFRESH_MAX_TTL: "3h" } });
    const session = await signIn(world, to);
    world.clock.nowMs += 110 * minuteMs;
    const answer = await refresh(world, session.refresh_token);
    const next = v.parse(refreshedSession, await answer.json());
    expect(next.refresh_expires_in).toBe(70 * 60);
    world.clock.nowMs += 65 * minuteMs;
    const last = await refresh(world, String(next.refresh_token));
    const { expires_in, refresh_expires_in } = v.parse(refreshedSession, await last.json());
    expect([expires_in, refresh_expires_in]).toEqual([300, 300]);
  });

  it("without a token is 401, and the answer says how to send one", async () => {
    const world = await createWorld();
    for (const init of [{}, { headers: { "Content-Type": "application/json" }, body: "{}" }]) {
      const answer = await world.send("/v1/sessions/refresh", { method: "POST", ...init });
      expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="phonegate"');
      expect(await problem(answer)).toMatchObject({ status: 401, code: "invalid_token" });
    }
  });

  it.each([
    [{ refresh_token: 5 }, "refresh_token"],
    [{ refresh_token: "" }, "refresh_token"],
    [{ refresh_token: "x".repeat(1025) }, "refresh_token"],
    [{ refresh_token: "rt_x", transport: "cookie" }, "transport"],
    [{ refreshToken: "rt_x" }, "refreshToken"],
  ])("with the body %j is 400 and names the field", async (body, path) => {
    const world = await createWorld();
    const answer = await world.post("/v1/sessions/refresh", body);
    expect(await problem(answer)).toMatchObject({ status: 400, errors: [{ path }] });
  });
});

describe("the current session", () => {
  it("is shown with fields by which its user recognises it", async () => {
    const world = await createWorld();
    const userAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari";
    const session = await signIn(world, to, { headers: { "User-Agent": userAgent } });
    const openedAt = new Date(world.clock.nowMs).toISOString();
    world.clock.nowMs += 5 * minuteMs;
    const answer = await get(world, "/v1/sessions/current", session);
    expect(v.parse(currentSession, await answer.json())).toEqual({
      session_id: session.session_id,
      subject: session.subject,
      created_at: openedAt,
      last_used_at: openedAt,
      amr: ["sms"],
      acr: "aal1",
      device: "iPhone",
      current: true,
      expires_at: new Date(Date.parse(openedAt) + 7 * dayMs).toISOString(),
    });
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
  });

  it("names the country from which it was opened, as Cloudflare reports it", async () => {
    const world = await createWorld();
    const session = await signIn(world, to, { cf: { country: "NZ" } });
    const answer = await get(world, "/v1/sessions/current", session);
    expect(v.parse(currentSession, await answer.json()).country).toBe("NZ");
    const tor = await signIn(world, "+12015550124", { cf: { country: "T1" } });
    const other = await get(world, "/v1/sessions/current", tor);
    expect(v.parse(currentSession, await other.json()).country).toBeUndefined();
  });
});

describe("the list", () => {
  it("has the subject's live sessions, newest first, and marks the current one", async () => {
    const world = await createWorld();
    const sessions: Session[] = [];
    for (const device of ["Android 15", "Windows NT 10.0"]) {
      sessions.push(await signIn(world, to, { headers: { "User-Agent": device } }));
      world.clock.nowMs += minuteMs;
    }
    await signIn(world, "+12015550124");
    const [first, second] = sessions as [Session, Session];
    const refreshed = await refresh(world, first.refresh_token);
    expect(refreshed.status).toBe(200);
    const answer = await get(world, "/v1/sessions", first);
    const { sessions: rows } = v.parse(sessionList, await answer.json());
    expect(rows.map(({ session_id, device, current }) => [session_id, device, current])).toEqual([
      [second.session_id, "Windows", false],
      [first.session_id, "Android", true],
    ]);
    expect(rows[1]?.last_used_at).toBe(new Date(world.clock.nowMs).toISOString());
  });

  it("leaves out ended sessions", async () => {
    const world = await createWorld({ env: { REFRESH_IDLE_TTL: "1h" } });
    await signIn(world, to);
    world.clock.nowMs += 30 * minuteMs;
    const own = await signIn(world, to);
    await expectGone(await remove(world, "/v1/sessions/current", await signIn(world, to)));
    world.clock.nowMs += 30 * minuteMs;
    const refreshed = await refresh(world, own.refresh_token);
    const next = { ...own, ...(await refreshed.json<Session>()) };
    const answer = await get(world, "/v1/sessions", next);
    const { sessions: rows } = v.parse(sessionList, await answer.json());
    expect(rows.map(({ session_id }) => session_id)).toEqual([own.session_id]);
  });
});

describe("signing out", () => {
  it("ends the current session at once, and is idempotent", async () => {
    const world = await createWorld();
    const session = await signIn(world, to);
    const other = await signIn(world, to);
    await expectGone(await remove(world, "/v1/sessions/current", session));
    await expectEnded(world, session);
    await expectGone(await remove(world, "/v1/sessions/current", session));
    expect((await get(world, "/v1/sessions/current", other)).status).toBe(200);
    expect(world.lines.filter((line) => line.includes("session.revoked"))).toHaveLength(1);
  });

  it("of one session by another of the same subject ends only that session", async () => {
    const world = await createWorld();
    const [own, other] = [await signIn(world, to), await signIn(world, to)];
    const path = `/v1/sessions/${other.session_id}`;
    await expectGone(await remove(world, path, own));
    await expectGone(await remove(world, path, own));
    await expectEnded(world, other);
    expect((await get(world, "/v1/sessions/current", own)).status).toBe(200);
  });

  it("of another user's session is 404 and ends nothing", async () => {
    const world = await createWorld();
    const [own, stranger] = [await signIn(world, to), await signIn(world, "+12015550124")];
    for (const id of [stranger.session_id, "ses_AAAAAAAAAAAAAAAAAAAAAA", "x", "__proto__"]) {
      const answer = await remove(world, `/v1/sessions/${id}`, own);
      expect(await problem(answer)).toMatchObject({ status: 404, code: "session_not_found" });
    }
    expect((await get(world, "/v1/sessions/current", stranger)).status).toBe(200);
  });

  it("by an ended session ends nothing", async () => {
    const world = await createWorld();
    const [ended, other] = [await signIn(world, to), await signIn(world, to)];
    await expectGone(await remove(world, "/v1/sessions/current", ended));
    for (const path of [`/v1/sessions/${other.session_id}`, "/v1/sessions"])
      expect(await problem(await remove(world, path, ended))).toMatchObject({ status: 401 });
    expect((await get(world, "/v1/sessions/current", other)).status).toBe(200);
  });

  it("everywhere ends every session of the subject and of no other subject", async () => {
    const world = await createWorld();
    const [own, other] = [await signIn(world, to), await signIn(world, to)];
    const stranger = await signIn(world, "+12015550124");
    await expectGone(await remove(world, "/v1/sessions", own));
    for (const session of [own, other]) await expectEnded(world, session);
    expect((await get(world, "/v1/sessions/current", stranger)).status).toBe(200);
  });

  it("everywhere, repeated by the same session, is 204 and ends no newer session", async () => {
    const world = await createWorld();
    const own = await signIn(world, to);
    await expectGone(await remove(world, "/v1/sessions", own));
    const newer = await signIn(world, to);
    await expectGone(await remove(world, "/v1/sessions", own));
    expect((await get(world, "/v1/sessions/current", newer)).status).toBe(200);
  });

  it.each([
    ["GET", "/v1/sessions/current"],
    ["DELETE", "/v1/sessions/current"],
    ["GET", "/v1/sessions"],
    ["DELETE", "/v1/sessions"],
    ["DELETE", "/v1/sessions/ses_AAAAAAAAAAAAAAAAAAAAAA"],
  ])("%s %s without a token is 401 without an error code", async (method, path) => {
    const world = await createWorld();
    const answer = await world.send(path, { method });
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="phonegate"');
    expect(await problem(answer)).toMatchObject({ status: 401, code: "invalid_token" });
  });

  it.each([
    ["PUT", "/v1/sessions/current", "GET, DELETE"],
    ["POST", "/v1/sessions", "GET, DELETE"],
    ["GET", "/v1/sessions/refresh", "POST"],
    ["GET", "/v1/sessions/ses_AAAAAAAAAAAAAAAAAAAAAA", "DELETE"],
  ])("%s %s is 405 and names the methods", async (method, path, allow) => {
    const world = await createWorld();
    const answer = await world.send(path, { method });
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, allow]);
  });
});
