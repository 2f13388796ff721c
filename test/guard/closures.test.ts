import { env as bindings } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { asBackend, serviceKey } from "../helpers/backend.ts";
import {
  fill,
  guarded,
  logged,
  numberOf,
  spreadOver,
  startFrom,
  turnstile,
} from "../helpers/guard.ts";
import { from } from "../helpers/racing.ts";
import { createWorld, start, wrong, type World } from "../helpers/world.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const adminKey = `sk_${"a".repeat(43)}`;
const webhook = {
  ALERT_WEBHOOK_URL: "https://ops.example/alerts",
  ALERT_WEBHOOK_SECRET: "a-secret-of-the-webhook",
};

/** A world whose budget object has its settings, and the alerts that its webhook received. */
async function watchedWorld(
  env: Record<string, unknown> = {},
  answer = () => new Response(null, { status: 204 }),
) {
  const admin = await serviceKey("ops", ["admin"], adminKey);
  const SERVICE_KEYS = JSON.stringify([admin.entry]);
  const world = await createWorld({ env: { ...guarded, ...webhook, SERVICE_KEYS, ...env } });
  const alerts: Record<string, unknown>[] = [];
  const network = async (url: string, init?: RequestInit) => {
    alerts.push(await new Request(url, init).json());
    return answer();
  };
  const object = bindings.SEND_BUDGET.getByName("world");
  /** Runs the object's alarm if it is due. Returns false without an alarm. */
  const alarm = async (): Promise<boolean> => {
    await runInDurableObject(object, (instance) => {
      Object.assign(instance, { env: world.settings, network });
    });
    return runDurableObjectAlarm(object);
  };
  const dueAtMs = () => runInDurableObject(object, (_, { storage }) => storage.getAlarm());
  return { world, alerts, alarm, dueAtMs };
}

const news = (world: World) => [
  ...logged(world, "guard.closed"),
  ...logged(world, "guard.reopened"),
];
const pull = (world: World, lever: object) =>
  world.post("/v1/admin/guard", lever, asBackend(adminKey));

describe("a stopped attack alerts the operator", () => {
  it("once when its prefix refuses the first caller, and once when that has ended", async () => {
    const { world, alerts, alarm, dueAtMs } = await watchedWorld();
    await fill(world, numberOf);
    expect(await dueAtMs()).toBeNull();
    for (let index = 3; index < 60; index += 1)
      expect((await startFrom(world, index, numberOf(index))).status).toBe(429);
    // It is sent at the next minute, so that its log line is not next to a number's last digits.
    expect(await dueAtMs()).toBe(Date.parse("2035-01-02T03:05:00Z"));
    world.clock.nowMs = Date.parse("2035-01-02T03:05:00Z");
    await alarm();
    const told = {
      rule: "prefix",
      country: "US",
      prefix: "+1201555••••",
      verdict: "refuse",
      until: "2035-01-02T03:16:05.000Z",
    };
    expect(news(world)).toEqual([{ event: "guard.closed", level: "warning", ...told }]);
    expect(alerts).toEqual([{ event: "guard.closed", at: "2035-01-02T03:05:00.000Z", ...told }]);
    // While the attack continues at the limit, no further alert is sent.
    for (let step = 0; step < 20; step += 1) {
      world.clock.nowMs += 6 * minuteMs;
      await startFrom(world, step, numberOf(step));
      await alarm();
    }
    expect(alerts).toHaveLength(1);
    world.clock.nowMs += 12 * hourMs;
    await alarm();
    const ended = { rule: "prefix", country: "US", prefix: "+1201555••••" };
    expect(logged(world, "guard.reopened")).toEqual([
      { event: "guard.reopened", level: "warning", ...ended },
    ]);
    expect(alerts).toHaveLength(2);
    expect(alerts[1]).toMatchObject({ event: "guard.reopened", ...ended });
    expect(await dueAtMs()).toBeNull();
    // A new attack causes a new alert.
    await fill(world, (index) => numberOf(20 + index));
    await startFrom(world, 1, numberOf(30));
    await alarm();
    expect(alerts).toHaveLength(3);
  });

  it("when its country requires captchas", async () => {
    const { world, alerts, alarm } = await watchedWorld(turnstile("risky"));
    await fill(world, spreadOver);
    expect((await startFrom(world, 1, spreadOver(5))).status).toBe(403);
    await alarm();
    expect(alerts).toMatchObject([
      { event: "guard.closed", rule: "country", country: "US", verdict: "challenge" },
    ]);
  });

  it("when approvals empty a full breaker", async () => {
    const { world, alerts, alarm } = await watchedWorld();
    const begun = [];
    for (const index of [0, 1, 2]) begun.push(await start(world, numberOf(index)));
    await startFrom(world, 1, numberOf(5));
    await alarm();
    for (const { id, code } of begun)
      await world.post(`/v1/verifications/${id}/check`, { code }, from(1));
    world.clock.nowMs += minuteMs;
    await alarm();
    expect(alerts.map(({ event }) => event)).toEqual(["guard.closed", "guard.reopened"]);
  });

  it("when an override opens a breaker, but not when an override closes one", async () => {
    const { world, alerts, alarm, dueAtMs } = await watchedWorld();
    await pull(world, { country: "US", set: "hold_up" });
    expect((await startFrom(world, 1, numberOf(1))).status).toBe(429);
    await pull(world, { country: "US", set: "reset" });
    await alarm();
    expect(alerts).toEqual([]);
    await fill(world, numberOf);
    await startFrom(world, 1, numberOf(5));
    await alarm();
    await pull(world, { prefix: "+1201555", set: "let_pass" });
    // It is sent at the next minute, and not at the alarm's next scheduled check.
    expect(await dueAtMs()).toBe(Date.parse("2035-01-02T03:05:00Z"));
    await alarm();
    expect(alerts.map(({ event }) => event)).toEqual(["guard.closed", "guard.reopened"]);
  });

  it("when callers need no captcha any more", async () => {
    const { world, alerts, alarm } = await watchedWorld({
      ...turnstile("risky"),
      GUARD_FAILED_CHECKS: "window_minutes:10,least:10,per_approval:0.1,open_minutes:15",
      GUARD_RULES: "country:off,prefix:off",
    });
    const begun = [];
    for (const index of [0, 1, 2, 3]) begun.push(await start(world, spreadOver(index)));
    for (const [index, { id, code }] of begun.entries())
      for (const time of [0, 1, 2])
        await world.post(
          `/v1/verifications/${id}/check`,
          { code: wrong(code) },
          from(10 + index * 3 + time),
        );
    expect(logged(world, "guard.failed_checks")).toMatchObject([{ level: "alert" }]);
    await alarm();
    expect(alerts).toEqual([]);
    world.clock.nowMs += 16 * minuteMs;
    await alarm();
    expect(alerts).toMatchObject([{ event: "guard.reopened", rule: "failed_checks" }]);
    expect(logged(world, "guard.reopened")).toHaveLength(1);
  });

  it("but not if rules only record, and no caller is refused", async () => {
    const { world, alarm } = await watchedWorld({ GUARD_RECORD: "on" });
    for (let index = 0; index < 9; index += 1) await startFrom(world, index, numberOf(index));
    expect(await alarm()).toBe(false);
    expect(news(world)).toEqual([]);
  });

  it("only in the log if there is no webhook, or the webhook refuses the alert", async () => {
    for (const [env, answer] of [
      [{ ALERT_WEBHOOK_URL: "", ALERT_WEBHOOK_SECRET: "" }, undefined],
      [{}, () => new Response("no", { status: 500 })],
    ] as const) {
      const { world, alarm } = await watchedWorld(env, answer);
      const numbers = (index: number) => numberOf(answer === undefined ? index : 1000 + index);
      await fill(world, numbers);
      await startFrom(world, 1, numbers(5));
      await alarm();
      expect(logged(world, "guard.closed").at(-1)).toMatchObject({ prefix: "+1201555••••" });
      expect(logged(world, "alert.failed")).toHaveLength(answer === undefined ? 0 : 1);
      await pull(world, { prefix: "+1201555", set: "reset" });
      await alarm();
    }
  });

  it("when the settings are valid again", async () => {
    const { world, alarm, dueAtMs } = await watchedWorld();
    await fill(world, numberOf);
    await startFrom(world, 1, numberOf(5));
    const { PEPPERS } = world.settings;
    world.settings.PEPPERS = "";
    // Settings are cached by object identity.
    Object.assign(world, { settings: { ...world.settings } });
    await alarm();
    expect(news(world)).toEqual([]);
    expect(await dueAtMs()).toBe(Date.parse("2035-01-02T03:05:00Z"));
    Object.assign(world, { settings: { ...world.settings, PEPPERS } });
    await alarm();
    expect(news(world)).toMatchObject([{ event: "guard.closed", prefix: "+1201555••••" }]);
  });
});
