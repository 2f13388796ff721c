import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { logged } from "../helpers/guard.ts";
import { holdTimers } from "../helpers/held-timers.ts";
import {
  allow,
  hookedWorld,
  refuse,
  sessionHook,
  unusable,
  type HookReply,
} from "../helpers/hooks.ts";
import { engines, kindOf } from "../helpers/racing.ts";
import { bearer, type Session } from "../helpers/session.ts";
import { start, wrong, type World } from "../helpers/world.ts";

const to = "+12015550123";
const checkOf = (world: World, id: string, code: string) =>
  world.post(`/v1/verifications/${id}/check`, { code });
const saying =
  (answer: object): HookReply =>
  () =>
    Response.json({ allow: true, ...answer });

/** The claims of the access token that a right code earns. */
async function signedIn(world: World) {
  const { id, code } = await start(world, to);
  const session = await (await checkOf(world, id, code)).json<Session>();
  return { session, claims: decodeJwt(session.access_token) };
}

describe.each(engines)("engine $engine: the session hook", ({ env }) => {
  it("is asked once, only after the code was judged right, and a yes signs in", async () => {
    const { world, questions, asked } = await hookedWorld({ ...sessionHook, ...env }, allow);
    const { id, code } = await start(world, to);
    expect((await checkOf(world, id, wrong(code))).status).toBe(422);
    expect(questions).toEqual([]);
    const answer = await checkOf(world, id, code);
    expect(answer.status).toBe(200);
    expect(questions.map(({ type, data }) => [type, data])).toEqual([
      ["before_session", { phone_number: to, channel: "sms" }],
    ]);
    expect(asked.filter((name) => name === "before_session")).toHaveLength(1);
    const session = await answer.json<Session>();
    expect(session.subject).toMatch(/^usr_/);
  });

  it("a no is 403, opens nothing, and the code is used", async () => {
    const { world, backend } = await hookedWorld({ ...sessionHook, ...env }, refuse);
    const { id, code } = await start(world, to);
    const answer = await checkOf(world, id, code);
    expect(await kindOf(answer.clone())).toBe("403 not_allowed");
    expect(await answer.text()).not.toMatch(/token|session_id/);
    expect(logged(world, "session.opened")).toEqual([]);
    expect(logged(world, "hook.refused")).toMatchObject([{ hook: "before_session" }]);
    backend.reply = allow;
    expect(await kindOf(await checkOf(world, id, code))).toBe("410 verification_used");
  });

  it.each([
    ...unusable,
    ["forbidden_subject", saying({ subject: "usr_somebody" })],
    ["forbidden_subject", saying({ subject: "" })],
    ["forbidden_subject", saying({ subject: "a\nb" })],
    ["forbidden_subject", saying({ subject: "x".repeat(256) })],
    ["malformed", saying({ subject: 42 })],
    ["forbidden_claims", saying({ claims: { sub: "another" } })],
    ["forbidden_claims", saying({ claims: { iss: "https://evil.example" } })],
    ["forbidden_claims", saying({ claims: { acr: "aal2" } })],
    ["forbidden_claims", saying({ claims: { amr: ["pwd"] } })],
    ["forbidden_claims", saying({ claims: { phone_number: "+12015550199" } })],
    ["forbidden_claims", saying({ claims: ["admin"] })],
    ["forbidden_claims", saying({ claims: { role: "x".repeat(1025) } })],
    ["malformed", saying({ iss: "https://evil.example" })],
  ] as const)(
    "an answer that is %s refuses, and the log has the reason alone",
    async (reason, reply) => {
      const settings = { ...sessionHook, ...env, HOOK_UNAVAILABLE: "go_on" };
      const { world, backend } = await hookedWorld(settings, reply);
      const { id, code } = await start(world, to);
      expect(await kindOf(await checkOf(world, id, code))).toBe("403 not_allowed");
      expect(logged(world, "hook.failed")).toMatchObject([
        { level: "alert", hook: "before_session", reason },
      ]);
      expect(logged(world, "session.opened")).toEqual([]);
      expect(world.lines.join("\n")).not.toMatch(/evil|somebody|aal2|xxxx/);
      backend.reply = allow;
      expect(await kindOf(await checkOf(world, id, code))).toBe("410 verification_used");
    },
  );

  it("that does not answer within two seconds refuses", async () => {
    const never: HookReply = () => new Promise(() => undefined);
    const { world } = await hookedWorld({ ...sessionHook, ...env }, never);
    const { id, code } = await start(world, to);
    const timers = holdTimers();
    const [answer] = await Promise.all([checkOf(world, id, code), timers.expireNext(2000)]);
    expect(await kindOf(answer)).toBe("403 not_allowed");
    expect(logged(world, "hook.failed")).toMatchObject([{ reason: "timeout" }]);
  });
});

describe("the session hook's answer", () => {
  it("names the subject, whose sessions are one list", async () => {
    const { world } = await hookedWorld(sessionHook, saying({ subject: "account-7" }));
    const first = await signedIn(world);
    expect([first.session.subject, first.claims.sub]).toEqual(["account-7", "account-7"]);
    world.clock.nowMs += 61_000;
    const second = await signedIn(world);
    const list = await world.send("/v1/sessions", { headers: bearer(second.session) });
    expect((await list.json<{ sessions: unknown[] }>()).sessions).toHaveLength(2);
  });

  it("adds claims, which each refresh keeps and which no later answer changes", async () => {
    const claims = { role: "editor", tenants: ["a", "b"] };
    const { world, backend, questions } = await hookedWorld(sessionHook, saying({ claims }));
    const { session, claims: before } = await signedIn(world);
    expect(before).toMatchObject(claims);
    expect(before).toMatchObject({ acr: "aal1", amr: ["sms"], iss: expect.any(String) as string });
    backend.reply = refuse;
    const { refresh_token } = session;
    const answer = await world.post("/v1/sessions/refresh", { refresh_token });
    expect(decodeJwt((await answer.json<Session>()).access_token)).toMatchObject(claims);
    expect(questions).toHaveLength(1);
  });
});
