import { beforeEach, describe, expect, it } from "vitest";
import { verifyCaptcha } from "../../src/guard/turnstile.ts";
import { TWIN_TURNSTILE_SECRET } from "../../src/twin/seed.ts";
import { CAPTCHA_TOKENS } from "../../src/twin/turnstile/tokens.ts";
import { createCaller, NOON_MS, type Caller } from "./caller.ts";
import { Trace } from "../../src/lib/trace.ts";

const URL_OF_IT = "http://127.0.0.1:8788/turnstile/v0/siteverify";
const DUMMY = "XXXX.DUMMY.TOKEN.XXXX";
const dummySecret = (first: number) => `${first}x0000000000000000000000000000000AA`;
let twin: Caller;
beforeEach(() => {
  twin = createCaller();
});

async function post(body: BodyInit | null, type?: string) {
  const headers = new Headers(type === undefined ? {} : { "Content-Type": type });
  const response = await twin.twin.fetch(URL_OF_IT, { method: "POST", headers, body });
  return { status: response.status, body: await response.json<Record<string, unknown>>() };
}

async function verdictOf(response: string, more: Record<string, string> = {}) {
  const form = { secret: TWIN_TURNSTILE_SECRET, response, ...more };
  const { body } = await post(new URLSearchParams(form));
  return body.success === true ? "passed" : String(body["error-codes"]);
}

describe("Cloudflare's dummy secrets", () => {
  it("accept only the dummy token, and answer as Cloudflare does", async () => {
    const ask = (secret: string, response = DUMMY) =>
      post(new URLSearchParams({ secret, response }));
    expect(await ask(dummySecret(1))).toEqual({
      status: 200,
      body: {
        success: true,
        challenge_ts: new Date(NOON_MS).toISOString(),
        hostname: "example.com",
        "error-codes": [],
        metadata: { result_with_testing_key: true },
      },
    });
    const refused = (code: string) => ({
      status: 200,
      body: { success: false, "error-codes": [code] },
    });
    expect(await ask(dummySecret(2))).toEqual(refused("invalid-input-response"));
    expect(await ask(dummySecret(3))).toEqual(refused("timeout-or-duplicate"));
    for (const first of [1, 2, 3])
      expect(await ask(dummySecret(first), "a-real-token")).toEqual(
        refused("invalid-input-response"),
      );
    expect(await ask(dummySecret(4))).toEqual(refused("invalid-input-secret"));
  });

  it("pass every time", async () => {
    const ask = () => post(new URLSearchParams({ secret: dummySecret(1), response: DUMMY }));
    for (let times = 0; times < 3; times += 1) expect((await ask()).body.success).toBe(true);
  });
});

describe("the twin's own tokens", () => {
  it("pass every time, never pass, or count as already used", async () => {
    for (let times = 0; times < 2; times += 1) expect(await verdictOf("twin-pass")).toBe("passed");
    expect(await verdictOf("twin-fail")).toBe("invalid-input-response");
    expect(await verdictOf("twin-used")).toBe("timeout-or-duplicate");
    expect(await verdictOf(DUMMY)).toBe("invalid-input-response");
    expect(await verdictOf("anything else")).toBe("invalid-input-response");
  });

  it("pass once each, until a reset", async () => {
    const once = ["twin-once-1", "twin-once-1", "twin-once-2", "twin-once-2"];
    const seen: string[] = [];
    for (const token of once) seen.push(await verdictOf(token));
    expect(seen).toEqual(["passed", "timeout-or-duplicate", "passed", "timeout-or-duplicate"]);
    await twin.control("/twin/reset", {});
    expect(await verdictOf("twin-once-1")).toBe("passed");
  });

  it("pass again only with the same idempotency key", async () => {
    const key = (last: string) => ({
      idempotency_key: `00000000-0000-4000-8000-00000000000${last}`,
    });
    const seen: string[] = [];
    for (const more of [key("1"), key("1"), key("2"), {}, key("1")])
      seen.push(await verdictOf("twin-once-1", more));
    const spent = "timeout-or-duplicate";
    expect(seen).toEqual(["passed", "passed", spent, spent, "passed"]);
  });

  it("can name a host, an action and an age", async () => {
    const token = "twin-pass?action=sign_in&hostname=app.example.com&age_seconds=300";
    const form = new URLSearchParams({ secret: TWIN_TURNSTILE_SECRET, response: token });
    expect((await post(form)).body).toMatchObject({
      success: true,
      action: "sign_in",
      hostname: "app.example.com",
      challenge_ts: new Date(NOON_MS - 300_000).toISOString(),
    });
    expect(await verdictOf("twin-pass?age_seconds=301")).toBe("timeout-or-duplicate");
  });

  it("are listed", async () => {
    const listed = await twin.twin.fetch("http://127.0.0.1:8788/twin/captchas.json");
    expect(await listed.json()).toEqual(CAPTCHA_TOKENS);
  });
});

describe("siteverify", () => {
  it("accepts both kinds of forms and JSON", async () => {
    const fields = { secret: TWIN_TURNSTILE_SECRET, response: "twin-pass" };
    const multipart = new FormData();
    for (const [name, value] of Object.entries(fields)) multipart.append(name, value);
    const bodies = [
      post(new URLSearchParams(fields)),
      post(multipart),
      post(JSON.stringify(fields), "application/json"),
    ];
    for (const { status, body } of await Promise.all(bodies))
      expect([status, body.success]).toEqual([200, true]);
  });

  it("names missing fields, and refuses a malformed request", async () => {
    const form = (fields: Record<string, string>) => post(new URLSearchParams(fields));
    expect((await form({})).body["error-codes"]).toEqual(["missing-input-secret"]);
    expect((await form({ secret: "x" })).body["error-codes"]).toEqual(["missing-input-response"]);
    for (const [body, type] of [
      ["{", "application/json"],
      ["null", "application/json"],
      ["secret=x", "text/plain"],
    ] as const)
      expect(await post(body, type)).toEqual({
        status: 400,
        body: { success: false, "error-codes": ["bad-request"] },
      });
    expect((await twin.twin.fetch(URL_OF_IT)).status).toBe(405);
  });

  it("is affected only by faults of Turnstile; a fault without a product applies to Twilio's next call", async () => {
    await twin.control("/twin/faults", { count: 1, status: 500 });
    expect(await verdictOf("twin-pass")).toBe("passed");
    await twin.control("/twin/faults", { count: 1, product: "turnstile", status: 503 });
    await twin.control("/twin/faults", { count: 1, product: "turnstile", delay_ms: 5000 });
    const form = new URLSearchParams({ secret: TWIN_TURNSTILE_SECRET, response: "twin-pass" });
    expect((await post(form)).status).toBe(503);
    expect((await post(form)).body.success).toBe(true);
    expect(twin.delays).toEqual([5000]);
    expect((await twin.start("+12015550123")).status).toBe(500);
  });
});

describe("the Worker's client with the twin", () => {
  const ask = (token: string, secret = TWIN_TURNSTILE_SECRET, key = crypto.randomUUID()) =>
    verifyCaptcha(
      {
        fetch: (input, init) => twin.twin.fetch(new Request(input, init)),
        now: () => NOON_MS,
        log: () => undefined,
        trace: new Trace(() => NOON_MS),
      },
      { secret, baseUrl: "http://127.0.0.1:8788", development: true },
      { token, remoteIp: undefined, idempotencyKey: key },
      { hostnames: new Set(["app.example.com"]), action: "sign_in" },
    );

  it.each([
    ["twin-pass?hostname=app.example.com&action=sign_in", "passed"],
    ["twin-pass?hostname=evil.example&action=sign_in", "wrong_hostname"],
    ["twin-pass?hostname=app.example.com&action=transaction", "wrong_action"],
    ["twin-fail", "invalid"],
    ["twin-used", "already_used"],
  ])("finds %s %s", async (token, expected) => {
    const outcome = await ask(token);
    expect(outcome.kind === "failed" ? outcome.reason : outcome.kind).toBe(expected);
  });

  it("passes with Cloudflare's dummy keys, passes once with a token, and reports a wrong secret", async () => {
    expect((await ask(DUMMY, dummySecret(1))).kind).toBe("passed");
    expect(await ask(DUMMY, dummySecret(3))).toEqual({ kind: "failed", reason: "already_used" });
    const once = "twin-once-7?hostname=app.example.com&action=sign_in";
    expect((await ask(once)).kind).toBe("passed");
    expect(await ask(once)).toEqual({ kind: "failed", reason: "already_used" });
    expect(await ask(once, "0x4AAAAAAA-somebody-elses")).toEqual({ kind: "unavailable" });
  });

  it("gets a lost answer again with the same idempotency key", async () => {
    const lost = { count: 1, product: "turnstile", status: 502, processed: true };
    await twin.control("/twin/faults", lost);
    const once = "twin-once-8?hostname=app.example.com&action=sign_in";
    expect((await ask(once)).kind).toBe("passed");
  });
});
