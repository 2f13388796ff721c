import { describe, expect, it } from "vitest";
import { asBackend, serviceKey, shopKey } from "../helpers/backend.ts";
import { logged, solved, startFrom, turnstile } from "../helpers/guard.ts";
import { holdTimers } from "../helpers/held-timers.ts";
import { allow, hookedWorld, refuse, sendHook, unusable } from "../helpers/hooks.ts";
import { from, kindOf } from "../helpers/racing.ts";
import { createWorld, start } from "../helpers/world.ts";

const to = "+12015550123";
const startOf = { to };

describe("the send hook", () => {
  it("is asked once, before any store, and a yes sends", async () => {
    const { world, questions, asked } = await hookedWorld(sendHook, allow);
    expect((await world.post("/v1/verifications", startOf)).status).toBe(201);
    expect(questions).toEqual([
      {
        type: "before_send",
        timestamp: "2035-01-02T03:04:05.000Z",
        data: {
          phone_number: to,
          country: "US",
          purpose: "sign_in",
          channel: "sms",
          caller: "anonymous",
        },
      },
    ]);
    expect(asked).toEqual(["before_send", "twilio"]);
  });

  it("knows which client's backend asks, and for which subject", async () => {
    const { entry } = await serviceKey("shop", ["two_factor"], shopKey);
    const keys = { SERVICE_KEYS: JSON.stringify([entry]), PURPOSES: "sign_in,two_factor" };
    const { world, questions } = await hookedWorld({ ...sendHook, ...keys }, allow);
    const body = { to, purpose: "two_factor", subject: "user-42" };
    expect((await world.post("/v1/verifications", body, asBackend(shopKey))).status).toBe(201);
    expect(questions[0]?.data).toMatchObject({
      caller: "service",
      client_id: "shop",
      subject: "user-42",
      purpose: "two_factor",
    });
  });

  it("a no is 403, and nothing is reserved, sent or logged in clear", async () => {
    const { world, asked } = await hookedWorld(sendHook, refuse);
    const answer = await world.post("/v1/verifications", startOf);
    expect(await kindOf(answer)).toBe("403 not_allowed");
    expect(asked).toEqual(["before_send"]);
    expect(logged(world, "hook.refused")).toMatchObject([{ hook: "before_send" }]);
    const [decision] = logged(world, "guard.decision");
    expect(decision).toMatchObject({ verdict: "refuse", by: "hook:before_send" });
    expect(world.lines.join("\n")).not.toContain("2015550123");
  });

  it("a no uses up nothing of the number's limits", async () => {
    const settings = { ...sendHook, LIMIT_SEND_PER_PHONE: "1/1h" };
    const { world, backend } = await hookedWorld(settings, refuse);
    for (const index of [1, 2, 3])
      expect(await kindOf(await startFrom(world, index, to))).toBe("403 not_allowed");
    backend.reply = allow;
    expect((await startFrom(world, 4, to)).status).toBe(201);
    expect((await startFrom(world, 5, to)).status).toBe(429);
  });

  it("a no counts for the address, so that its limits bound how often the hook is asked", async () => {
    const { world, asked } = await hookedWorld({ ...sendHook, LIMIT_SEND_PER_IP: "2/1h" }, refuse);
    const statuses: string[] = [];
    for (let time = 0; time < 5; time += 1)
      statuses.push(await kindOf(await world.post("/v1/verifications", startOf, from(1))));
    expect(statuses.at(-1)).toBe("429 rate_limited");
    expect(asked.length).toBeLessThan(5);
  });

  it("is not asked about what a captcha, a flood or the settings refuse", async () => {
    const { world, asked } = await hookedWorld(
      { ...sendHook, ...turnstile("always"), ALLOWED_COUNTRIES: "US" },
      allow,
    );
    expect((await startFrom(world, 1, to)).status).toBe(403);
    expect((await startFrom(world, 1, "+447400123456")).status).toBe(422);
    expect((await startFrom(world, 1, "hello")).status).toBe(422);
    expect(asked).toEqual([]);
    expect((await startFrom(world, 1, to, { captcha_token: solved() })).status).toBe(201);
    expect(asked.filter((name) => name === "before_send")).toHaveLength(1);
  });

  it("is not asked again for a resend", async () => {
    const { world, asked } = await hookedWorld(sendHook, allow);
    const { id } = await start(world, to);
    world.clock.nowMs += 31_000;
    expect((await world.post(`/v1/verifications/${id}/resend`, {})).status).toBe(200);
    expect(asked).toEqual(["before_send", "twilio", "twilio"]);
  });
});

describe("a hidden start on a number whose code is live", () => {
  /** A no for strangers alone, so that one number has a real code and a hidden start. */
  async function ownWorld() {
    const { entry } = await serviceKey("shop", ["sign_in"], shopKey);
    const env = { ...sendHook, HOOK_REFUSAL: "hide", SERVICE_KEYS: JSON.stringify([entry]) };
    const own = await hookedWorld(env, ({ data }) =>
      Response.json({ allow: data.caller === "service" }),
    );
    const begin = async (headers: Record<string, string>) => {
      const answer = await own.world.post("/v1/verifications", startOf, headers);
      expect(answer.status).toBe(201);
      return (await answer.json<{ id: string }>()).id;
    };
    const texts = async () => (await own.world.inbox(to)).map(({ code }) => code);
    const enter = (id: string, code = "") =>
      own.world.post(`/v1/verifications/${id}/check`, { code }, from(1));
    return { ...own, texts, enter, backend: () => begin(asBackend(shopKey)), begin };
  }

  it("ends neither that code nor its verification, and no code is right for it", async () => {
    const { begin, backend, texts, enter } = await ownWorld();
    const id = await backend();
    const hidden = await begin(from(2));
    const [code] = await texts();
    expect(await kindOf(await enter(hidden, code))).toBe("422 wrong_code");
    expect((await enter(id, code)).status).toBe(200);
  });

  it("stays pending when a real code follows, which lives its whole time", async () => {
    const { world, begin, backend, texts, enter } = await ownWorld();
    const hidden = await begin(from(2));
    world.clock.nowMs += 9 * 60_000;
    const id = await backend();
    const [code] = await texts();
    expect(await kindOf(await enter(hidden, code))).toBe("422 wrong_code");
    world.clock.nowMs += 9 * 60_000;
    expect((await enter(id, code)).status).toBe(200);
  });

  it("cancels an old code at Twilio as every start does, so that it is never sent again", async () => {
    const { world, asked, begin, backend, texts } = await ownWorld();
    const id = await backend();
    const [first] = await texts();
    await world.send(`/v1/verifications/${id}`, { method: "DELETE" });
    asked.length = 0;
    await begin(from(2));
    expect(asked).toEqual(["before_send", "twilio"]);
    await backend();
    expect((await texts()).filter((code) => code === first)).toHaveLength(1);
  });
});

describe("a send hook without a usable answer", () => {
  it.each(unusable)("(%s) refuses, and the log has the reason alone", async (reason, reply) => {
    const { world, asked } = await hookedWorld(sendHook, reply);
    const answer = await world.post("/v1/verifications", startOf);
    expect(await kindOf(answer)).toBe("503 provider_unavailable");
    expect(answer.headers.get("Retry-After")).toBe("10");
    expect(asked).toEqual(["before_send"]);
    expect(logged(world, "hook.failed")).toMatchObject([
      { level: "alert", hook: "before_send", reason },
    ]);
    expect(world.lines.join("\n")).not.toMatch(/evil|elsewhere|xxxx/);
  });

  it.each(unusable)("(%s) goes on where HOOK_UNAVAILABLE says so", async (reason, reply) => {
    const { world } = await hookedWorld({ ...sendHook, HOOK_UNAVAILABLE: "go_on" }, reply);
    expect((await world.post("/v1/verifications", startOf)).status).toBe(201);
    expect(logged(world, "hook.failed")).toMatchObject([{ reason }]);
  });

  it("is left after two seconds", async () => {
    const { world } = await hookedWorld(sendHook, () => new Promise(() => undefined));
    const timers = holdTimers();
    const [answer] = await Promise.all([
      world.post("/v1/verifications", startOf),
      timers.expireNext(2000),
    ]);
    expect(await kindOf(answer)).toBe("503 provider_unavailable");
    expect(logged(world, "hook.failed")).toMatchObject([{ reason: "timeout" }]);
  });

  it("goes on says nothing about a no", async () => {
    const { world } = await hookedWorld({ ...sendHook, HOOK_UNAVAILABLE: "go_on" }, refuse);
    expect(await kindOf(await world.post("/v1/verifications", startOf))).toBe("403 not_allowed");
  });
});

describe("where the hooks are off", () => {
  it("no call is made", async () => {
    const world = await createWorld();
    await start(world, to);
    expect(world.outgoing.every(({ url }) => url.startsWith("http://127.0.0.1:8788/"))).toBe(true);
  });
});
