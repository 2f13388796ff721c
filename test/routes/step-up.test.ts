import { decodeJwt } from "jose";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { approvedStepUp } from "../../src/contract/verifications.ts";
import { asBackend, bankKey, createBackendWorld, startAs } from "../helpers/backend.ts";
import { failing } from "../helpers/failing.ts";
import { problem } from "../helpers/problem.ts";
import { engines, from, kindOf } from "../helpers/racing.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import { start, wrong, type World } from "../helpers/world.ts";

const to = "+12015550123";
const minuteMs = 60_000;
const stepUp = { purpose: "step_up" };

async function startStepUp(world: World, session: Pick<Session, "access_token">) {
  const answer = await world.post("/v1/verifications", stepUp, bearer(session));
  const { id } = await answer.clone().json<{ id: string }>();
  const [text] = await world.inbox(to);
  return { answer, id, code: text?.code ?? "" };
}

const check = (world: World, id: string, code: string, session?: Pick<Session, "access_token">) =>
  world.post(`/v1/verifications/${id}/check`, { code }, session && bearer(session));

describe.each(engines)("engine $engine: a step-up", ({ env }) => {
  it("sends to the session's own number and raises the same session with a fresh time", async () => {
    const world = await createBackendWorld(env);
    const session = await signIn(world, to);
    const signedInAt = world.clock.nowMs / 1000;
    world.clock.nowMs += 9 * minuteMs;
    const { answer, id, code } = await startStepUp(world, session);
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ purpose: "step_up", to: "+1•••••0123" });
    const checked = await check(world, id, code, session);
    expect(checked.status).toBe(200);
    const raised = v.parse(approvedStepUp, await checked.json());
    expect(raised).toMatchObject({ session_id: session.session_id, subject: session.subject });
    const [before, after] = [decodeJwt(session.access_token), decodeJwt(raised.access_token)];
    expect([before.auth_time, after.auth_time]).toEqual([signedInAt, world.clock.nowMs / 1000]);
    // The same factor a second time.
    expect(after).toMatchObject({ amr: ["sms"], acr: "aal1", sid: before.sid });
    const refreshed = await world.post("/v1/sessions/refresh", {
      refresh_token: session.refresh_token,
    });
    const next = await refreshed.json<Session>();
    expect(decodeJwt(next.access_token).auth_time).toBe(after.auth_time);
  });

  it("passes a full prefix three times without a right code, and three more times after a right code", async () => {
    const world = await createBackendWorld({ ...env, GUARD_RECORD: "" });
    const session = await signIn(world, to);
    for (const index of [1, 2, 3])
      await world.post("/v1/verifications", { to: `+1201555013${index}` }, from(index));
    const kinds: string[] = [];
    let last = { id: "", code: "" };
    for (let sends = 0; sends < 4; sends += 1) {
      const { answer, ...started } = await startStepUp(world, session);
      if (answer.ok) last = started;
      kinds.push(await kindOf(answer));
    }
    expect(kinds).toEqual(["201", "201", "201", "429 rate_limited"]);
    expect((await check(world, last.id, last.code, session)).status).toBe(200);
    expect((await startStepUp(world, session)).answer.status).toBe(201);
  });

  it("of a session with another recorded factor gives aal2", async () => {
    const world = await createBackendWorld(env);
    const body = { to, purpose: "sign_in", subject: "user-42", amr: ["pwd"] };
    const started = await startAs(world, bankKey, body);
    const signedIn = await check(world, started.id, started.code);
    const session = await signedIn.json<Session>();
    expect(decodeJwt(session.access_token)).toMatchObject({
      sub: "user-42",
      client_id: "bank",
      amr: ["pwd", "sms"],
      acr: "aal2",
    });
    world.clock.nowMs += minuteMs;
    const { id, code } = await startStepUp(world, session);
    const raised = await (await check(world, id, code, session)).json<Session>();
    expect(decodeJwt(raised.access_token)).toMatchObject({ amr: ["pwd", "sms"], acr: "aal2" });
  });

  it("is judged only for its own session, and checks by others cost no attempt", async () => {
    const world = await createBackendWorld(env);
    const session = await signIn(world, to);
    const other = await signIn(world, to);
    const stranger = await signIn(world, "+12015550124");
    const { id, code } = await startStepUp(world, session);
    for (const somebody of [undefined, other, stranger, { access_token: "x.y.z" }])
      expect(await kindOf(await check(world, id, code, somebody))).toBe("401 invalid_token");
    const view = await world.send(`/v1/verifications/${id}`);
    expect(await view.json()).toMatchObject({ status: "pending", attempts_remaining: 5 });
    expect((await check(world, id, code, session)).status).toBe(200);
  });

  it("of a session that has ended in the meantime raises nothing", async () => {
    const world = await createBackendWorld(env);
    const session = await signIn(world, to);
    const { id, code } = await startStepUp(world, session);
    const headers = bearer(session);
    await world.send("/v1/sessions/current", { method: "DELETE", headers });
    expect(await kindOf(await check(world, id, code, session))).toBe("401 invalid_token");
    expect(await kindOf((await startStepUp(world, session)).answer)).toBe("401 invalid_token");
    expect(await world.inbox(to)).toHaveLength(2);
  });

  it("accepts only its own code, not a sign-in's code", async () => {
    const world = await createBackendWorld(env);
    const session = await signIn(world, to);
    const signingIn = await start(world, to);
    const { id, code } = await startStepUp(world, session);
    expect(code).not.toBe(signingIn.code);
    expect(await kindOf(await check(world, id, signingIn.code, session))).toBe("422 wrong_code");
    expect(await kindOf(await check(world, signingIn.id, code))).toBe("422 wrong_code");
    expect((await check(world, id, code, session)).status).toBe(200);
    expect((await check(world, signingIn.id, signingIn.code)).status).toBe(200);
  });

  it("is not stopped by strangers who have locked the number", async () => {
    const world = await createBackendWorld(env);
    const first = await signIn(world, to);
    for (const index of [0, 1]) {
      const { id, code } = await start(world, to);
      for (let guess = 0; guess < 5; guess += 1)
        await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) }, from(index));
      world.clock.nowMs += 10 * minuteMs;
    }
    expect((await world.post("/v1/verifications", { to })).status).toBe(429);
    const refreshed = await world.post("/v1/sessions/refresh", {
      refresh_token: first.refresh_token,
    });
    const session = await refreshed.json<Session>();
    const { answer, id, code } = await startStepUp(world, session);
    expect(answer.status).toBe(201);
    expect((await check(world, id, code, session)).status).toBe(200);
  });
});

describe("a step-up", () => {
  it.each([
    ["no token", {}, 'Bearer realm="phonegate"'],
    [
      "a text that is no token",
      { Authorization: "Bearer a.b.c" },
      'Bearer realm="phonegate", error="invalid_token"',
    ],
    ["a service key", asBackend(bankKey), 'Bearer realm="phonegate", error="invalid_token"'],
  ])("with %s is 401 and sends nothing", async (_, headers, challenge) => {
    const world = await createBackendWorld();
    const answer = await world.post("/v1/verifications", stepUp, headers);
    expect(answer.headers.get("WWW-Authenticate")).toBe(challenge);
    expect(await problem(answer)).toMatchObject({ status: 401, code: "invalid_token" });
    expect(world.outgoing).toHaveLength(0);
  });

  it.each([
    ["to", to],
    ["country", "US"],
  ])("takes no %s: the number comes from the session", async (field, value) => {
    const world = await createBackendWorld();
    const session = await signIn(world, to);
    const body = { ...stepUp, [field]: value };
    const answer = await world.post("/v1/verifications", body, bearer(session));
    expect(await problem(answer)).toMatchObject({ status: 400, errors: [{ path: field }] });
  });

  it("is 503 and sends nothing if the session store fails", async () => {
    const store = failing("SUBJECT_SESSIONS.list", "rejects");
    const world = await createBackendWorld(store.bindings);
    const session = await signIn(world, to);
    const sent = world.outgoing.length;
    expect(await kindOf((await startStepUp(world, session)).answer)).toBe("503 store_unavailable");
    expect(world.outgoing).toHaveLength(sent);
  });

  it("is 503 if the session cannot be raised, and its code is used up", async () => {
    const store = failing("SUBJECT_SESSIONS.raise", "rejects");
    const world = await createBackendWorld(store.bindings);
    const session = await signIn(world, to);
    const { id, code } = await startStepUp(world, session);
    expect(await kindOf(await check(world, id, code, session))).toBe("503 store_unavailable");
    store.mend();
    expect(await kindOf(await check(world, id, code, session))).toBe("410 verification_used");
  });

  it("answers a retry with the same Idempotency-Key with the same verification, and a masked number", async () => {
    const world = await createBackendWorld();
    const session = await signIn(world, to);
    const headers = { ...bearer(session), "Idempotency-Key": crypto.randomUUID() };
    const first = await world.post("/v1/verifications", stepUp, headers);
    const again = await world.post("/v1/verifications", stepUp, headers);
    expect(await again.json()).toEqual(await first.json());
    expect(await world.inbox(to)).toHaveLength(2);
  });
});
