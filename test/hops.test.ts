import { env as testEnv } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { asBackend, serviceKey, shopKey } from "./helpers/backend.ts";
import { sendHook, sessionHook } from "./helpers/hooks.ts";
import { engines } from "./helpers/racing.ts";
import { recordedWorld, type Intercept } from "./helpers/recorder.ts";
import { bearer, type Session } from "./helpers/session.ts";
import { wrong } from "./helpers/world.ts";

const to = "+12015550123";
const events = {
  EVENTS_URL: "https://backend.example/events",
  EVENTS_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
};

/** Background calls, which no answer waits for: counting an address, and settling a send. */
const written = ["LIMITS.put", "PHONE_LEDGER.settleSend", "SEND_BUDGET.settle"];

/** One step of a chain: a call of Twilio, or a hop to a store. Of parallel hops only the longest counts. */
const hops = (chain: readonly string[]): string[] =>
  chain.map((name) => (name.startsWith("twilio.") ? "twilio" : name === "hook" ? "hook" : "store"));

async function recorded(
  env: Record<string, unknown>,
  inBackground: readonly string[] = written,
  between?: (record: Intercept) => Intercept,
) {
  const { world, recorder, send } = await recordedWorld({
    env,
    inBackground,
    ...(between && { between }),
  });
  const post = (path: string, body: unknown) =>
    send(path, { method: "POST", body: JSON.stringify(body) });

  async function started() {
    const answer = await post("/v1/verifications", { to });
    expect(answer.status).toBe(201);
    const { id } = await answer.json<{ id: string }>();
    const [newest] = await world.inbox(to);
    return { path: `/v1/verifications/${id}`, code: newest?.code ?? "" };
  }

  return { world, recorder, send, post, started, chain: () => hops(recorder.longestChain()) };
}

describe.each(engines)("engine $engine", ({ engine, env }) => {
  it("start: one hop to the stores, one call of Twilio, nothing after it before the answer", async () => {
    const { started, chain, recorder } = await recorded(env);
    await started();
    expect(chain()).toEqual(["store", "twilio"]);
    expect(recorder.names().filter((name) => name.startsWith("twilio."))).toEqual(["twilio.send"]);
  });

  it("start with three device tokens, of which one is accepted: no hop more", async () => {
    const { started, post, chain } = await recorded(env, [...written, "twilio.feedback"]);
    const { path, code } = await started();
    const { device_token } = await (await post(`${path}/check`, { code })).json<Session>();
    const device_tokens = ["dev_one", "dev_two", device_token];
    expect((await post("/v1/verifications", { to, device_tokens })).status).toBe(201);
    expect(chain()).toEqual(["store", "twilio"]);
  });

  it("start with an Idempotency-Key: one hop more, so that a retry gets the same answer", async () => {
    const { send, chain } = await recorded(env, ["LIMITS.put", "SEND_BUDGET.settle"]);
    const headers = { "Idempotency-Key": "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e5f" };
    const init = { method: "POST", headers, body: JSON.stringify({ to }) };
    expect((await send("/v1/verifications", init)).status).toBe(201);
    expect(chain()).toEqual(["store", "twilio", "store"]);
  });

  it("resend: one hop to the stores, one call of Twilio, nothing after it before the answer", async () => {
    const { world, started, post, chain, recorder } = await recorded(env);
    const { path } = await started();
    world.clock.nowMs += 31_000;
    expect((await post(`${path}/resend`, {})).status).toBe(200);
    expect(chain()).toEqual(["store", "twilio"]);
    expect(recorder.names().filter((name) => name.startsWith("twilio."))).toEqual(["twilio.send"]);
  });

  it("a right code: one hop to the stores, with Twilio Verify its call, and one hop to open the session", async () => {
    const { started, post, chain, recorder } = await recorded(env, [...written, "twilio.feedback"]);
    const { path, code } = await started();
    expect((await post(`${path}/check`, { code })).status).toBe(200);
    expect(chain()).toEqual(
      engine === "verify" ? ["store", "twilio", "store"] : ["store", "store"],
    );
    const last = recorder.names().filter((name) => /settleCheck|SESSIONS/.test(name));
    expect(last.toSorted()).toEqual([
      ...(engine === "verify" ? ["PHONE_LEDGER.settleCheck"] : []),
      "SUBJECT_SESSIONS.open",
    ]);
  });

  it("a wrong code: one hop to the stores, with Twilio Verify its call, nothing after", async () => {
    const { started, post, chain } = await recorded(env, [...written, "PHONE_LEDGER.settleCheck"]);
    const { path, code } = await started();
    expect((await post(`${path}/check`, { code: wrong(code) })).status).toBe(422);
    expect(chain()).toEqual(engine === "verify" ? ["store", "twilio"] : ["store"]);
  });

  it("the fifth wrong code: with Twilio Verify one hop more, which learns that the code is exhausted", async () => {
    const { started, post, chain } = await recorded(env, written);
    const { path, code } = await started();
    const statuses: number[] = [];
    for (let tries = 0; tries < 5; tries += 1)
      statuses.push((await post(`${path}/check`, { code: wrong(code) })).status);
    expect(statuses).toEqual([422, 422, 422, 422, 410]);
    expect(chain()).toEqual(engine === "verify" ? ["store", "twilio", "store"] : ["store"]);
  });

  it("reading: one hop", async () => {
    const { started, send, chain, recorder } = await recorded(env);
    const { path } = await started();
    expect((await send(path, { method: "GET" })).status).toBe(200);
    expect(chain()).toEqual(["store"]);
    expect(recorder.names()).toEqual(["PHONE_LEDGER.read"]);
  });

  it("canceling: one hop, and no call of Twilio", async () => {
    const { started, send, chain, recorder } = await recorded(env);
    const { path } = await started();
    expect((await send(path, { method: "DELETE" })).status).toBe(204);
    expect(chain()).toEqual(["store"]);
    expect(recorder.names()).toEqual(["PHONE_LEDGER.cancel"]);
  });

  it("start after a cancel: with Twilio Verify one call more, which cancels the old code", async () => {
    const { started, send, chain, recorder } = await recorded(env);
    const { path } = await started();
    await send(path, { method: "DELETE" });
    await started();
    expect(chain()).toEqual(
      engine === "verify" ? ["store", "twilio", "twilio"] : ["store", "twilio"],
    );
    expect(recorder.names().filter((name) => name.startsWith("twilio."))).toEqual(
      engine === "verify" ? ["twilio.cancel", "twilio.send"] : ["twilio.send"],
    );
  });

  it("refusals by a number: one hop, and the answer does not wait for what is given back", async () => {
    const { started, post, chain } = await recorded({ ...env, LIMIT_SEND_PER_PHONE: "1/10m" });
    await started();
    expect((await post("/v1/verifications", { to })).status).toBe(429);
    expect(chain()).toEqual(["store"]);
  });

  it("refusals of an invalid id or number: no hop", async () => {
    const { post, send, recorder } = await recorded(env);
    expect((await post("/v1/verifications", { to: "+1" })).status).toBe(422);
    expect(recorder.names()).toEqual([]);
    expect((await send("/v1/verifications/vrf_AAAA", { method: "GET" })).status).toBe(404);
    expect(recorder.names()).toEqual([]);
  });
});

describe.each(engines)("engine $engine, with hooks and events", ({ engine, env }) => {
  it("a start asks the send hook before the stores, and nothing else is added", async () => {
    const { started, chain } = await recorded({ ...env, ...sendHook, ...events });
    await started();
    expect(chain()).toEqual(["hook", "store", "twilio"]);
  });

  it("a right code asks the session hook after the approval is stored, and then opens", async () => {
    const settings = { ...env, ...sessionHook, ...events };
    const { started, post, chain } = await recorded(settings, [...written, "twilio.feedback"]);
    const { path, code } = await started();
    expect((await post(`${path}/check`, { code })).status).toBe(200);
    expect(chain()).toEqual(
      engine === "verify"
        ? ["store", "twilio", "store", "hook", "store"]
        : ["store", "hook", "store"],
    );
  });
});

describe("a session", () => {
  async function signedIn(env: Record<string, unknown> = {}) {
    const recording = await recorded(env, [...written, "twilio.feedback"]);
    const { started, post } = recording;
    const { path, code } = await started();
    const answer = await post(`${path}/check`, { code });
    return { ...recording, session: await answer.json<Session>() };
  }

  it("is refreshed in one hop", async () => {
    const { post, chain, recorder, session } = await signedIn();
    const answer = await post("/v1/sessions/refresh", { refresh_token: session.refresh_token });
    expect(answer.status).toBe(200);
    expect(chain()).toEqual(["store"]);
    expect(recorder.names()).toEqual(["SUBJECT_SESSIONS.refresh"]);
  });

  it("is refused without a hop if the token is not ours", async () => {
    const { post, recorder, session } = await signedIn();
    const token = `${session.refresh_token.slice(0, -1)}x`;
    expect((await post("/v1/sessions/refresh", { refresh_token: token })).status).toBe(401);
    expect(recorder.names()).toEqual([]);
  });

  it.each([
    ["GET", "/v1/sessions/current", 200, "SUBJECT_SESSIONS.list"],
    ["GET", "/v1/sessions", 200, "SUBJECT_SESSIONS.list"],
    ["DELETE", "/v1/sessions/current", 204, "SUBJECT_SESSIONS.signOut"],
  ])("%s %s: one hop", async (method, path, status, name) => {
    const { send, chain, recorder, session } = await signedIn();
    expect((await send(path, { method, headers: bearer(session) })).status).toBe(status);
    expect(chain()).toEqual(["store"]);
    expect(recorder.names()).toEqual([name]);
  });

  it.each([
    [
      "is introspected in one hop",
      (session: Session) => session.access_token,
      ["SUBJECT_SESSIONS.read"],
    ],
    [
      "is introspected by its refresh token in one hop",
      (session: Session) => session.refresh_token,
      ["SUBJECT_SESSIONS.read"],
    ],
    ["is asked for in no hop at all where the text is no token of ours", () => "rt_AAAA", []],
  ])("%s", async (_, tokenOf, names) => {
    const { key, entry } = await serviceKey("reports", [], shopKey, ["introspect"]);
    const { send, recorder, session } = await signedIn({ SERVICE_KEYS: JSON.stringify([entry]) });
    const answer = await send("/v1/introspect", {
      method: "POST",
      headers: { ...asBackend(key), "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ token: tokenOf(session) }).toString(),
    });
    expect(answer.status).toBe(200);
    expect(recorder.names()).toEqual(names);
  });

  it("signing out everywhere: one hop to the sessions, one to the ledger that knows the devices", async () => {
    const { send, chain, recorder, session } = await signedIn();
    const init = { method: "DELETE", headers: bearer(session) };
    expect((await send("/v1/sessions", init)).status).toBe(204);
    expect(chain()).toEqual(["store", "store"]);
    expect(recorder.names()).toEqual([
      "SUBJECT_SESSIONS.signOutEverywhere",
      "PHONE_LEDGER.revokeDevices",
    ]);
  });
});

describe("the recorder", () => {
  it("finds the added hop if the ledger is called after the address's window", async () => {
    const oneAfterTheOther = (record: Intercept): Intercept => {
      return async (call) => {
        if (call.name !== "PHONE_LEDGER.beginStart") return record(call);
        const run = () => testEnv.LIMITS.get("another");
        await record({ ...call, name: "LIMITS.get", run });
        return record(call);
      };
    };
    const { started, chain } = await recorded({}, written, oneAfterTheOther);
    await started();
    expect(chain()).toEqual(["store", "store", "twilio"]);
  });

  it("finds a held background call if the app waits for it", async () => {
    // A success is stored before it is answered, so the answer waits for this call.
    const { started, chain, post } = await recorded({}, [...written, "PHONE_LEDGER.settleCheck"]);
    const { path, code } = await started();
    expect((await post(`${path}/check`, { code })).status).toBe(200);
    expect(chain()).toEqual(["store", "twilio", "store"]);
  });
});
