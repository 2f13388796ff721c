import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TwilioConfig } from "../../src/config/twilio.ts";
import { ProviderHealth, TwilioClient, type TwilioRequest } from "../../src/twilio/client.ts";
import { Trace } from "../../src/lib/trace.ts";

const account: TwilioConfig = {
  accountSid: `AC${"1".repeat(32)}`,
  username: `AC${"1".repeat(32)}`,
  password: "the-auth-token-of-the-account",
  authToken: "the-auth-token-of-the-account",
  baseUrl: undefined,
  region: undefined,
  edge: undefined,
};
const request: TwilioRequest = {
  product: "verify",
  method: "POST",
  path: "/v2/x",
  form: { To: "+1 2" },
};

type Reply = () => Response | Promise<Response>;

/** Returns a client whose network gives these replies in turn, and then repeats the last one. */
function clientWith(replies: readonly Reply[], config: Partial<TwilioConfig> = {}) {
  const calls: Request[] = [];
  const logged: [string, unknown][] = [];
  const health = new ProviderHealth();
  const network: typeof fetch = async (input, init) => {
    calls.push(new Request(input, init));
    const reply = replies[Math.min(calls.length, replies.length) - 1];
    if (reply === undefined) throw new Error("no reply is planned");
    return reply();
  };
  const runtime = {
    fetch: network,
    now: () => 0,
    trace: new Trace(() => 0),
    log: (event: string, fields?: unknown) => void logged.push([event, fields]),
    background: () => undefined,
  };
  return {
    client: new TwilioClient({ ...account, ...config }, runtime, health),
    calls,
    logged,
    health,
  };
}

const json =
  (body: unknown, status = 200): Reply =>
  () =>
    Response.json(body, { status });
const refusal = (status: number, code: number, message = "no"): Reply =>
  json({ code, message, more_info: "", status }, status);
const broken: Reply = () =>
  new Response(new ReadableStream({ start: (controller) => controller.error(new Error("reset")) }));
const unreachable: Reply = () => Promise.reject(new TypeError("unreachable"));
const silent: Reply = () => new Promise<Response>(() => undefined);

describe("a call to Twilio", () => {
  it.each([
    [{}, "https://verify.twilio.com/v2/x"],
    [{ region: "ie1" }, "https://verify.ie1.twilio.com/v2/x"],
    [{ region: "ie1", edge: "dublin" }, "https://verify.dublin.ie1.twilio.com/v2/x"],
    [{ edge: "sydney" }, "https://verify.sydney.us1.twilio.com/v2/x"],
    [{ baseUrl: "http://127.0.0.1:8788", edge: "sydney" }, "http://127.0.0.1:8788/v2/x"],
  ])("with %j goes to %s", async (config, url) => {
    const { client, calls } = clientWith([json({})], config);
    await client.callIdempotent(request);
    expect(calls[0]?.url).toBe(url);
  });

  it("is form-encoded, carries Basic credentials, and follows no redirect", async () => {
    const { client, calls } = clientWith([json({})]);
    await client.send(request);
    const [call] = calls;
    expect(call?.headers.get("Authorization")).toBe(
      `Basic ${btoa(`${account.username}:${account.password}`)}`,
    );
    expect(call?.headers.get("Content-Type")).toBe("application/x-www-form-urlencoded");
    expect(new TextDecoder().decode(await call?.arrayBuffer())).toBe("To=%2B1+2");
    expect(call?.redirect).toBe("manual");
  });

  it.each([
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { Location: "https://a.test" } }),
    ],
    ["HTML at 200", () => new Response("<html>")],
    ["truncated JSON", () => new Response('{"sid":"VE')],
    ["invalid UTF-8", () => new Response(new Uint8Array([0x22, 0xff, 0x22]))],
    ["an empty body", () => new Response(null, { status: 204 })],
    ["a refusal that is no JSON", () => new Response("no", { status: 400 })],
  ])("that is answered with %s is bad_response", async (_, reply) => {
    const { client, calls } = clientWith([reply]);
    expect(await client.send(request)).toEqual({ kind: "bad_response" });
    expect(calls).toHaveLength(1);
  });

  it("stops reading an answer at 64 KiB", async () => {
    let pulled = 0;
    const endless = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled += 1;
            controller.enqueue(new Uint8Array(16 * 1024));
          },
        }),
      );
    const { client } = clientWith([endless]);
    expect(await client.send(request)).toEqual({ kind: "bad_response" });
    expect(pulled).toBeLessThan(10);
  });

  it.each([
    [20003, 401, "bad_credentials"],
    [20404, 404, "not_found"],
    [20429, 429, "too_many_requests"],
    [60212, 429, "concurrent"],
    [60202, 429, "max_checks"],
    [60202, 404, "max_checks"],
    [60203, 429, "max_sends"],
    [60205, 403, "landline"],
    [60605, 403, "country"],
    [21408, 400, "country"],
    [60410, 403, "blocked"],
    [60238, 403, "blocked"],
    [21211, 400, "bad_number"],
    [21614, 400, "number_type"],
    [60220, 403, "rejected"],
    [99999, 400, "rejected"],
  ])("refused with %i at %i means %s", async (code, status, meaning) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { client } = clientWith([refusal(status, code)]);
    const answer = client.callIdempotent(request);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answer).toMatchObject({ kind: "refused", meaning, code });
    vi.useRealTimers();
  });

  it.each([
    ["Invalid parameter `To`: +12015550123", "bad_number"],
    ["Invalid parameter: To", "bad_number"],
    ["Invalid parameter `Locale`: To be or not", "language"],
    ["Invalid parameter `Channel`: x", "channel_unavailable"],
    ["Invalid parameter `Amount`: x", "rejected"],
    ["no", "rejected"],
  ])("refused with 60200 %j means %s", async (message, meaning) => {
    const { client } = clientWith([refusal(400, 60200, message)]);
    expect(await client.send(request)).toMatchObject({ kind: "refused", meaning });
  });

  it("logs no part of the provider's message", async () => {
    const { client, logged } = clientWith([
      refusal(400, 60200, "Invalid parameter `To`: +12015550123"),
    ]);
    await client.send(request);
    expect(logged).toHaveLength(1);
    expect(JSON.stringify(logged)).not.toContain("555");
  });

  it("remembers refused credentials until Twilio accepts them again", async () => {
    const { client, health } = clientWith([refusal(401, 20003), json({})]);
    await client.send(request);
    expect(health.credentialsRefused).toBe(true);
    await client.send(request);
    expect(health.credentialsRefused).toBe(false);
  });
});

describe("a retry", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  const lost: [string, Reply, string][] = [
    ["an unreachable host", unreachable, "network"],
    ["a broken body", broken, "network"],
    ["a server error", refusal(500, 20500), "server_error"],
    ["HTML at 200", () => new Response("<html>"), "bad_response"],
  ];

  it.each(lost)("never follows %s of a send", async (_, reply, kind) => {
    const { client, calls } = clientWith([reply, json({})]);
    const answer = client.send(request);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await answer).toEqual({ kind });
    expect(calls).toHaveLength(1);
  });

  it.each(lost)("follows %s of a read once", async (_, reply) => {
    const { client, calls } = clientWith([reply, json({ good: true })]);
    const answer = client.callIdempotent(request);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answer).toEqual({ kind: "answer", body: { good: true } });
    expect(calls).toHaveLength(2);
  });

  it.each(lost)("happens only once after %s of a read", async (_, reply, kind) => {
    const { client, calls } = clientWith([reply]);
    const answer = client.callIdempotent(request);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await answer).toEqual({ kind });
    expect(calls).toHaveLength(2);
  });

  it.each([20429, 60212])("follows a send that Twilio did not process (%i) once", async (code) => {
    const { client, calls } = clientWith([refusal(429, code), json({})]);
    const answer = client.send(request);
    await vi.advanceTimersByTimeAsync(1000);
    expect((await answer).kind).toBe("answer");
    expect(calls).toHaveLength(2);
  });

  it("that is refused after a lost answer reports that the first attempt may have been processed", async () => {
    const { client } = clientWith([unreachable, refusal(404, 20404)]);
    const answer = client.callIdempotent(request);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answer).toMatchObject({ meaning: "not_found", missedAnswer: true });
  });

  describe("a send in a language", () => {
    const inThai: TwilioRequest = { ...request, form: { To: "+1 2", Locale: "th" } };
    const formsOf = (calls: readonly Request[]) =>
      Promise.all(
        calls.map(async (call) => {
          const body = new TextDecoder().decode(await call.arrayBuffer());
          return Object.fromEntries(new URLSearchParams(body));
        }),
      );

    it.each([
      [404, 20404, "no"],
      [400, 60331, "no"],
      [400, 60229, "no"],
      [400, 60200, "Invalid parameter: Locale"],
    ])(
      "that is refused with %i/%i %j is repeated once without the language",
      async (status, code, message) => {
        const { client, calls, logged } = clientWith([
          refusal(status, code, message),
          json({ good: true }),
        ]);
        expect(await client.send(inThai)).toEqual({ kind: "answer", body: { good: true } });
        expect(await formsOf(calls)).toEqual([{ To: "+1 2", Locale: "th" }, { To: "+1 2" }]);
        expect(logged).toEqual([
          ["verification.locale_refused", { level: "warning", locale: "th", provider_code: code }],
        ]);
      },
    );

    it("is repeated without the language also after Twilio was too busy for the first attempt", async () => {
      const { client, calls } = clientWith([
        refusal(429, 20429),
        refusal(404, 20404),
        json({ good: true }),
      ]);
      const answer = client.send(inThai);
      await vi.advanceTimersByTimeAsync(1000);
      expect((await answer).kind).toBe("answer");
      expect((await formsOf(calls)).map(({ Locale }) => Locale)).toEqual(["th", "th", undefined]);
    });

    it.each(lost)(
      "is not repeated without the language after %s, because it may have been sent",
      async (_, reply, kind) => {
        const { client, calls } = clientWith([reply, json({})]);
        const answer = client.send(inThai);
        await vi.advanceTimersByTimeAsync(20_000);
        expect(await answer).toEqual({ kind });
        expect(calls).toHaveLength(1);
      },
    );

    it("is not repeated after another refusal, and not twice", async () => {
      const other = clientWith([refusal(403, 60410), json({})]);
      await other.client.send(inThai);
      expect(other.calls).toHaveLength(1);
      const missing = clientWith([refusal(404, 20404)]);
      expect(await missing.client.send(inThai)).toMatchObject({ meaning: "not_found" });
      expect(missing.calls).toHaveLength(2);
    });

    it("ends after 10 s including its repetition, and is not repeated without time left", async () => {
      const slowly = async () => {
        await new Promise((resolve) => setTimeout(resolve, 9_000));
        return refusal(404, 20404)();
      };
      const { client, calls } = clientWith([slowly, silent]);
      let ended: string | undefined;
      const answer = client.send(inThai).then(({ kind }) => void (ended = kind));
      await vi.advanceTimersByTimeAsync(9_999);
      expect(calls).toHaveLength(2);
      expect(ended).toBeUndefined();
      await vi.advanceTimersByTimeAsync(1);
      await answer;
      expect(ended).toBe("timeout");

      const late = clientWith([
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 10_001));
          return refusal(404, 20404)();
        },
      ]);
      const tooLate = late.client.send(inThai);
      await vi.advanceTimersByTimeAsync(20_000);
      expect(await tooLate).toEqual({ kind: "timeout" });
      expect(late.calls).toHaveLength(1);
    });
  });

  it("does not follow a timeout: a read ends after 5 s and a send after 10 s", async () => {
    const { client, calls } = clientWith([silent]);
    const ended: string[] = [];
    const note = (name: string) => (answer: { kind: string }) =>
      void ended.push(`${name} ${answer.kind}`);
    const both = [
      client.callIdempotent(request).then(note("ask")),
      client.send(request).then(note("send")),
    ];
    await vi.advanceTimersByTimeAsync(4_999);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toEqual(["ask timeout"]);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(ended).toEqual(["ask timeout"]);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all(both);
    expect(ended).toEqual(["ask timeout", "send timeout"]);
    expect(calls).toHaveLength(2);
  });

  it("does not extend the deadline, which also covers an endless body", async () => {
    const trickle: Reply = () =>
      new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }));
    const { client } = clientWith([trickle]);
    const answer = client.send(request);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await answer).toEqual({ kind: "timeout" });
  });
});
