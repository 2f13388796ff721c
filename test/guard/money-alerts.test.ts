import { describe, expect, it } from "vitest";
import { logged, spreadOver, startFrom } from "../helpers/guard.ts";
import { inParallel, kindOf, tally, textsAskedFor } from "../helpers/racing.ts";
import { createWorld } from "../helpers/world.ts";

const secret = "a-secret-of-the-webhook";
const webhook = { ALERT_WEBHOOK_URL: "https://ops.example/alerts", ALERT_WEBHOOK_SECRET: secret };
/** A budget of ten sends to the United States, or one to another country. */
const money = {
  COUNTRY_PRICES: "US:0.01,*:0.10,*/call:0.3,*/whatsapp:0.05",
  BUDGET_MONEY: "0.10USD/1d",
};

/** A world whose webhook answers with `answer`, and the alerts that it received. */
async function alertedWorld(
  env: Record<string, unknown>,
  answer: () => Promise<Response> = async () => new Response(null, { status: 204 }),
) {
  const told: { body: string; signature: string; request: Request }[] = [];
  const world = await createWorld({
    env: { ...webhook, ...money, ...env },
    network: async (request, twin) => {
      if (!request.url.startsWith("https://ops.example")) return twin(request);
      const signature = request.headers.get("Phonegate-Signature") ?? "";
      told.push({ body: await request.clone().text(), signature, request });
      return answer();
    },
  });
  return { world, told };
}

/** Verifies a signature as a receiver does, which shares only the secret. */
async function isSigned(body: string, signature: string): Promise<boolean> {
  const [, time = "", mac = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  const bytes = (text: string) => new TextEncoder().encode(text);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), hmac, false, ["verify"]);
  const given = Uint8Array.from(mac.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
  return crypto.subtle.verify("HMAC", key, given, bytes(`${time}.${body}`));
}

describe("the day's money", () => {
  it("is exact under two hundred parallel starts", async () => {
    const env = { ...money, BUDGET_MONEY: "0.50USD/1d" };
    const world = await createWorld({ env });
    const answers = await inParallel(200, (index) => startFrom(world, index, spreadOver(index)));
    const counts = await tally(answers);
    expect(counts).toEqual({ "201": 50, "503 send_budget_exhausted": 150 });
    expect(textsAskedFor(world)).toHaveLength(50);
  });

  it("is charged by a country's price, and given back if Twilio certainly did not send", async () => {
    const world = await createWorld({ env: money });
    await world.fault({ count: 1, status: 403, code: 60410 });
    expect((await startFrom(world, 0, "+447400123456")).status).toBe(422);
    expect((await startFrom(world, 1, spreadOver(0))).status).toBe(201);
    expect(await kindOf(await startFrom(world, 2, "+447400123456"))).toBe(
      "503 send_budget_exhausted",
    );
    expect((await startFrom(world, 3, spreadOver(1))).status).toBe(201);
    world.clock.nowMs += 24 * 60 * 60 * 1000;
    expect((await startFrom(world, 4, "+447400123456")).status).toBe(201);
  });

  it("alerts the operator at 50, 80 and 100 percent, each once a day and signed", async () => {
    const { world, told } = await alertedWorld({});
    const spend = async () => {
      for (let index = 0; index < 12; index += 1) await startFrom(world, index, spreadOver(index));
    };
    await spend();
    const events = told.map(({ body }) => JSON.parse(body));
    const at = "2035-01-02T03:04:05.000Z";
    expect(events).toEqual([
      { event: "budget.alert", at, percent: 50 },
      { event: "budget.alert", at, percent: 80 },
      { event: "budget.alert", at, percent: 100 },
      { event: "budget.exhausted", at, cap: "money", callers: "all", country: "US" },
    ]);
    for (const { body, signature, request } of told) {
      expect(await isSigned(body, signature)).toBe(true);
      expect(await isSigned(`${body} `, signature)).toBe(false);
      expect(request.method).toBe("POST");
      expect(request.headers.get("Content-Type")).toBe("application/json");
    }
    expect(logged(world, "budget.alert")).toMatchObject(
      [50, 80, 100].map((percent) => ({ level: "alert", percent })),
    );
    expect(world.lines.join()).not.toContain(secret);
    await spend();
    expect(told).toHaveLength(4);
    world.clock.nowMs += 24 * 60 * 60 * 1000;
    await spend();
    expect(told).toHaveLength(8);
  });

  it("alerts once when a send is too expensive for the rest", async () => {
    const { world, told } = await alertedWorld({ BUDGET_MONEY: "0.11USD/1d" });
    for (const [index, to] of ["+447400123456", "+447400123457", "+447400123458"].entries())
      await startFrom(world, index, to);
    const events = told.map(({ body }) => JSON.parse(body));
    expect(events).toMatchObject([
      { percent: 50 },
      { percent: 80 },
      { event: "budget.exhausted", cap: "money", country: "GB" },
      { percent: 100 },
    ]);
  });

  it.each([
    ["refuses", async () => new Response("no", { status: 500 })],
    ["redirects", async () => Response.redirect("https://evil.example/", 302)],
    ["is down", () => Promise.reject(new TypeError("down"))],
  ])("a webhook that %s changes no answer, and is logged", async (_name, answer) => {
    const { world, told } = await alertedWorld({}, answer);
    for (let index = 0; index < 5; index += 1)
      expect((await startFrom(world, index, spreadOver(index))).status).toBe(201);
    expect(told).toHaveLength(1);
    expect(logged(world, "alert.failed")).toHaveLength(1);
    expect(logged(world, "budget.alert")).toHaveLength(1);
    expect(world.outgoing.filter(({ url }) => url.includes("evil"))).toHaveLength(0);
  });

  it("no request waits for the webhook", async () => {
    const gate = Promise.withResolvers<Response>();
    const { world } = await alertedWorld({ BUDGET_MONEY: "0.02USD/1d" }, () => gate.promise);
    const request = new Request("http://127.0.0.1:8787/v1/verifications", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ to: spreadOver(0) }),
    });
    const background: Promise<unknown>[] = [];
    const context = {
      waitUntil: (work: Promise<unknown>) => void background.push(work),
      passThroughOnException: () => undefined,
      props: {},
    };
    expect((await world.app.fetch(request, world.settings, context)).status).toBe(201);
    gate.resolve(new Response(null, { status: 204 }));
    await Promise.all(background);
  });

  it("without a webhook alerts only in the log", async () => {
    const world = await createWorld({ env: money });
    for (let index = 0; index < 5; index += 1) await startFrom(world, index, spreadOver(index));
    expect(logged(world, "budget.alert")).toMatchObject([{ percent: 50, level: "alert" }]);
  });
});
