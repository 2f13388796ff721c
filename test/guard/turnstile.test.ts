import { afterEach, describe, expect, it, vi } from "vitest";
import { verifyCaptcha, type CaptchaAttempt } from "../../src/guard/turnstile.ts";
import type { LogValue } from "../../src/lib/log.ts";
import { Trace } from "../../src/lib/trace.ts";

const nowMs = Date.parse("2026-11-22T12:00:00Z");
const secret = "0x4AAAAAAA-secret-of-the-widget";
const attempt: CaptchaAttempt = {
  token: "token-of-the-widget",
  remoteIp: "203.0.113.5",
  idempotencyKey: "4f7c4cf8-6c3c-4b44-9e0f-4c8a1c1f2f3a",
};
const target = { hostnames: new Set(["app.example.com"]), action: "sign_in" };
const solved = {
  success: true,
  challenge_ts: "2026-11-22T11:59:30.096Z",
  hostname: "app.example.com",
  "error-codes": [],
  action: "sign_in",
  cdata: "",
};

afterEach(() => {
  vi.useRealTimers();
});

type Network = (request: Request, tries: number) => Response | Promise<Response>;

/** Verifies one captcha. `network` is a fake Cloudflare. */
async function verify(
  network: Network,
  more: { attempt?: Partial<CaptchaAttempt>; development?: boolean; baseUrl?: string } = {},
) {
  const requests: Request[] = [];
  const inits: RequestInit[] = [];
  const lines: { event: string; fields: Record<string, LogValue> }[] = [];
  const runtime = {
    now: () => nowMs,
    trace: new Trace(() => nowMs),
    log: (event: string, fields: Record<string, LogValue> = {}) =>
      void lines.push({ event, fields }),
    fetch: async (input: string | URL | Request, init: RequestInit = {}) => {
      const request = new Request(input, init);
      requests.push(request.clone());
      inits.push(init);
      return network(request, requests.length);
    },
  };
  const { development = false, baseUrl } = more;
  const config = { secret, baseUrl, development };
  const outcome = await verifyCaptcha(runtime, config, { ...attempt, ...more.attempt }, target);
  return { outcome, requests, inits, lines };
}

const answering =
  (body: unknown, status = 200) =>
  () =>
    Response.json(body, { status });

describe("a captcha", () => {
  it.each([
    ["timeout-or-duplicate", "already_used"],
    ["invalid-input-response", "invalid"],
    ["missing-input-response", "invalid"],
  ])("that Turnstile refuses as %s has failed: %s", async (code, reason) => {
    for (const status of [200, 400]) {
      const body = { success: false, "error-codes": [code] };
      const { outcome, lines } = await verify(answering(body, status));
      expect(outcome).toEqual({ kind: "failed", reason });
      expect(lines).toEqual([]);
    }
  });

  it.each([
    ["wrong_hostname", { hostname: "evil.example" }],
    ["wrong_hostname", { hostname: "app.example.com.evil.example" }],
    ["wrong_hostname", { hostname: undefined }],
    ["wrong_action", { action: "transaction" }],
    ["wrong_action", { action: undefined }],
    ["stale", { challenge_ts: "2026-11-22T11:53:59Z" }],
    ["stale", { challenge_ts: "yesterday" }],
    ["stale", { challenge_ts: undefined }],
    ["wrong_hostname", { metadata: { result_with_testing_key: true } }],
  ])("that was solved has failed nevertheless: %s", async (reason, change) => {
    const { outcome } = await verify(answering({ ...solved, ...change }));
    expect(outcome).toEqual({ kind: "failed", reason });
  });

  it.each([["", "x".repeat(2049)]])(
    "with an impossible token is not sent to Turnstile",
    async (...tokens) => {
      for (const token of tokens) {
        const { outcome, requests } = await verify(answering(solved), { attempt: { token } });
        expect(outcome).toEqual({ kind: "failed", reason: "invalid" });
        expect(requests).toEqual([]);
      }
    },
  );

  it("that was solved on the right page, recently and for this action has passed", async () => {
    const { outcome, lines } = await verify(answering(solved));
    expect(outcome).toEqual({ kind: "passed" });
    expect(lines).toEqual([]);
  });

  it("may have any age that Turnstile allows, and may seem to come from the future", async () => {
    for (const challenge_ts of ["2026-11-22T11:54:00Z", "2026-11-22T13:00:00Z"])
      expect((await verify(answering({ ...solved, challenge_ts }))).outcome.kind).toBe("passed");
  });

  it("of a dummy key passes only in development, with any host and action", async () => {
    const dummy = {
      success: true,
      "error-codes": [],
      challenge_ts: "2022-02-28T15:14:30.096Z",
      hostname: "example.com",
      metadata: { result_with_testing_key: true },
    };
    expect((await verify(answering(dummy), { development: true })).outcome.kind).toBe("passed");
    expect((await verify(answering(dummy))).outcome.kind).toBe("failed");
    const lie = { ...dummy, success: false, "error-codes": ["invalid-input-response"] };
    expect((await verify(answering(lie), { development: true })).outcome.kind).toBe("failed");
  });
});

describe("the request", () => {
  it("is a form for siteverify, follows no redirect, and goes to Cloudflare", async () => {
    const { requests, inits } = await verify(answering(solved));
    const [request] = requests;
    expect(request?.method).toBe("POST");
    expect(request?.url).toBe("https://challenges.cloudflare.com/turnstile/v0/siteverify");
    expect(request?.headers.get("Content-Type")).toBe("application/x-www-form-urlencoded");
    expect(inits[0]?.redirect).toBe("manual");
    const bytes = await request?.arrayBuffer();
    const form = new URLSearchParams(new TextDecoder().decode(bytes));
    expect(Object.fromEntries(form)).toEqual({
      secret,
      response: attempt.token,
      remoteip: attempt.remoteIp,
      idempotency_key: attempt.idempotencyKey,
    });
  });

  it("names no address if there is none, and goes to the twin in development", async () => {
    const { requests } = await verify(answering(solved), {
      attempt: { remoteIp: undefined },
      baseUrl: "http://127.0.0.1:8788",
    });
    expect(requests[0]?.url).toBe("http://127.0.0.1:8788/turnstile/v0/siteverify");
    const form = new TextDecoder().decode(await requests[0]?.arrayBuffer());
    expect(form).not.toContain("remoteip");
  });
});

describe("if Turnstile has no verdict", () => {
  const broken: [string, Network][] = [
    ["the network fails", () => Promise.reject(new Error("no network"))],
    ["it answers 500", () => Response.json(solved, { status: 500 })],
    ["it answers a page", () => new Response("<html>", { status: 200 })],
    ["it answers half of its JSON", () => new Response('{"success":tr')],
    ["it answers something else", answering({ success: "yes" })],
    ["it redirects", () => new Response(null, { status: 302, headers: { Location: "https://x" } })],
    ["it answers without end", () => new Response(endless())],
    [
      "it has an error of its own",
      answering({ success: false, "error-codes": ["internal-error"] }),
    ],
  ];
  it.each(broken)(
    "because %s, it is called once more with the same idempotency key",
    async (_, network) => {
      const { outcome, requests, lines } = await verify(network);
      expect(outcome).toEqual({ kind: "unavailable" });
      expect(requests).toHaveLength(2);
      const keys = await Promise.all(
        requests.map(async (request) => {
          const form = new TextDecoder().decode(await request.arrayBuffer());
          return new URLSearchParams(form).get("idempotency_key");
        }),
      );
      expect(keys).toEqual([attempt.idempotencyKey, attempt.idempotencyKey]);
      expect(lines).toMatchObject([{ event: "captcha.unavailable", fields: { level: "alert" } }]);
      expect(JSON.stringify(lines)).not.toContain(secret);
    },
  );

  it.each(broken)("because %s, the second answer is used", async (_, network) => {
    const { outcome } = await verify((request, tries) =>
      tries === 1 ? network(request, tries) : Response.json(solved),
    );
    expect(outcome).toEqual({ kind: "passed" });
  });

  it.each(["invalid-input-secret", "missing-input-secret", "bad-request", "news"])(
    "because of %s, the operator is alerted and there is no retry",
    async (code) => {
      const { outcome, requests, lines } = await verify(
        answering({ success: false, "error-codes": [code] }),
      );
      expect(outcome).toEqual({ kind: "unavailable" });
      expect(requests).toHaveLength(1);
      expect(lines).toEqual([
        { event: "captcha.unavailable", fields: { level: "alert", codes: code } },
      ]);
    },
  );

  it("within three seconds, both attempts together end", async () => {
    vi.useFakeTimers();
    let signal: AbortSignal | undefined;
    const pending = verify((request, tries) => {
      signal = request.signal;
      return tries === 1
        ? new Promise((_, reject) => setTimeout(() => reject(new Error("late")), 2000))
        : new Promise(() => undefined);
    });
    let outcome: unknown;
    void pending.then((ended) => (outcome = ended.outcome));
    await vi.advanceTimersByTimeAsync(2999);
    expect(outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toEqual({ kind: "unavailable" });
    expect(signal?.aborted).toBe(true);
  });

  it("in all that time, there is no retry after the time is over", async () => {
    vi.useFakeTimers();
    const pending = verify(
      (request) =>
        new Promise((_, reject) =>
          request.signal.addEventListener("abort", () => reject(new Error("aborted"))),
        ),
    );
    await vi.advanceTimersByTimeAsync(3000);
    const { outcome, requests } = await pending;
    await vi.advanceTimersByTimeAsync(3000);
    expect(outcome).toEqual({ kind: "unavailable" });
    expect(requests).toHaveLength(1);
  });
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(32)),
  });
}
