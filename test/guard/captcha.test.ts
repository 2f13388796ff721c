import { describe, expect, it } from "vitest";
import { holdTimers } from "../helpers/held-timers.ts";
import { asBackend, createBackendWorld, bankKey } from "../helpers/backend.ts";
import {
  decisions,
  fill,
  logged,
  numberOf,
  solved,
  spreadOver,
  startFrom,
  turnstile,
  watchedWorld,
} from "../helpers/guard.ts";
import { inParallel, kindOf, tally, textsAskedFor } from "../helpers/racing.ts";
import { bearer, signIn } from "../helpers/session.ts";
import { createWorld, start, twinOrigin, type World } from "../helpers/world.ts";

const to = "+12015550123";
const always = turnstile("always");
const risky = turnstile("risky");

const startWith = (world: World, captcha_token?: string, more: object = {}) =>
  world.post("/v1/verifications", { to, ...(captcha_token && { captcha_token }), ...more });

/** Returns every call of siteverify. */
const asked = (world: World) => world.outgoing.filter(({ url }) => url.endsWith("/siteverify"));

describe("with TURNSTILE=always", () => {
  it("a start without a captcha is 403 captcha_required, and no store is called", async () => {
    const { world, calls } = await watchedWorld(always);
    expect(await kindOf(await startWith(world))).toBe("403 captcha_required");
    expect(calls).toEqual([]);
  });

  it("a start with a valid captcha is sent, and Turnstile gets the caller's address", async () => {
    const world = await createWorld({ env: always });
    expect((await startWith(world, solved())).status).toBe(201);
    const [call] = asked(world);
    expect(call?.url).toBe(`${twinOrigin}/turnstile/v0/siteverify`);
    expect(call?.form).toEqual({
      secret: always.TURNSTILE_SECRET,
      response: solved(),
      remoteip: "198.51.100.7",
      idempotency_key: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    });
    expect(decisions(world)).toMatchObject([{ verdict: "pass", captcha: "passed" }]);
  });

  it.each([
    ["failed", "twin-fail", "invalid"],
    ["was used before", "twin-used", "already_used"],
    ["was solved for another purpose", solved("twin-pass", { action: "step_up" }), "wrong_action"],
    [
      "was solved on another page",
      solved("twin-pass", { hostname: "evil.example" }),
      "wrong_hostname",
    ],
    ["was solved too long ago", solved("twin-pass", { more: "&age_seconds=301" }), "already_used"],
  ])(
    "a captcha that %s is 403 captcha_failed, and no store is called",
    async (_name, token, reason) => {
      const { world, calls } = await watchedWorld(always);
      expect(await kindOf(await startWith(world, token))).toBe("403 captcha_failed");
      expect(calls).toEqual(["turnstile"]);
      expect(decisions(world)).toMatchObject([{ verdict: "refuse", rules: `captcha:${reason}` }]);
    },
  );

  it("a captcha is accepted once, also by fifty parallel starts", async () => {
    const world = await createWorld({ env: { ...always, LIMIT_SEND_PER_PHONE: "100/10m" } });
    const answers = await inParallel(50, (index) =>
      startFrom(world, index, to, { captcha_token: solved("twin-once-1") }),
    );
    expect(await tally(answers)).toEqual({ "201": 1, "403 captcha_failed": 49 });
    expect(textsAskedFor(world)).toHaveLength(1);
  });

  it("Cloudflare's dummy token passes in development, for any page", async () => {
    const dummy = { TURNSTILE_SECRET: "1x0000000000000000000000000000000AA" };
    const world = await createWorld({ env: { ...always, ...dummy } });
    expect((await startWith(world, "XXXX.DUMMY.TOKEN.XXXX")).status).toBe(201);
  });

  it("a captcha from a page of ALLOWED_ORIGINS is accepted", async () => {
    const env = { ...always, ALLOWED_ORIGINS: "https://app.example" };
    const world = await createWorld({ env });
    const token = solved("twin-pass", { hostname: "app.example" });
    expect((await startWith(world, token)).status).toBe(201);
  });

  it("thousands of starts for a victim's number use up neither the number's window nor the day", async () => {
    const env = { ...always, LIMIT_SEND_PER_PHONE: "1/10m", LIMIT_SEND_TOTAL: "1/1d" };
    const { world, calls } = await watchedWorld(env);
    const tokens = [undefined, "twin-fail", "twin-used", solved("twin-pass", { action: "x" })];
    for (let round = 0; round < 20; round += 1) {
      const answers = await inParallel(100, (index) => {
        const captcha_token = tokens[index % tokens.length];
        return startFrom(world, round * 100 + index, to, {
          ...(captcha_token && { captcha_token }),
        });
      });
      const kinds = Object.keys(await tally(answers)).toSorted();
      expect(kinds).toEqual(["403 captcha_failed", "403 captcha_required"]);
    }
    expect(calls.filter((name) => name !== "turnstile")).toEqual([]);
    expect(textsAskedFor(world)).toHaveLength(0);
    expect((await startWith(world, solved())).status).toBe(201);
  });

  it("a resend needs no captcha, because the start had one", async () => {
    const world = await createWorld({ env: always });
    const { id } = await start(world, to, { captcha_token: solved() });
    world.clock.nowMs += 31_000;
    expect((await world.post(`/v1/verifications/${id}/resend`, {})).status).toBe(200);
    expect(asked(world)).toHaveLength(1);
  });

  it("a service key needs no captcha", async () => {
    const world = await createBackendWorld(always);
    const answer = await world.post("/v1/verifications", { to }, asBackend(bankKey));
    expect(answer.status).toBe(201);
    expect(asked(world)).toHaveLength(0);
  });

  it("a step-up needs no captcha, because it has a session", async () => {
    const world = await createBackendWorld(always);
    const session = await signIn(world, to, { start: { captcha_token: solved() } });
    const answer = await world.post("/v1/verifications", { purpose: "step_up" }, bearer(session));
    expect(answer.status).toBe(201);
    expect(asked(world)).toHaveLength(1);
  });

  it.each([
    ["always", always],
    ["risky", { ...risky, LIMIT_SEND_PER_PHONE: "10/10m" }],
  ])("TURNSTILE=%s: a known device needs no captcha", async (_asked, env) => {
    const world = await createWorld({ env });
    const { device_token } = await signIn(world, to, { start: { captcha_token: solved() } });
    expect((await startWith(world, undefined, { device_tokens: [device_token] })).status).toBe(201);
    expect(asked(world)).toHaveLength(1);
  });

  it("a device that was signed out everywhere needs a captcha, and nothing is sent or used up", async () => {
    const env = { ...always, LIMIT_SEND_TOTAL: "2/1d", LIMIT_SEND_PER_PHONE: "2/10m" };
    const world = await createWorld({ env });
    const session = await signIn(world, to, { start: { captcha_token: solved() } });
    const init = { method: "DELETE", headers: bearer(session) };
    expect((await world.send("/v1/sessions", init)).status).toBe(204);
    const { device_token } = session;
    for (let tries = 0; tries < 3; tries += 1)
      expect(
        await kindOf(await startWith(world, undefined, { device_tokens: [device_token] })),
      ).toBe("403 captcha_required");
    expect(textsAskedFor(world)).toHaveLength(1);
    expect(decisions(world).at(-1)).toMatchObject({ verdict: "challenge", captcha: "missing" });
    expect((await startWith(world, solved(), { device_tokens: [device_token] })).status).toBe(201);
  });

  it("another number's device token has no effect", async () => {
    const { world, calls } = await watchedWorld(always);
    const other = { to: "+12015550124", captcha_token: solved() };
    const { id, code } = await start(world, other.to, other);
    const checked = await world.post(`/v1/verifications/${id}/check`, { code });
    const { device_token } = await checked.json<{ device_token: string }>();
    calls.length = 0;
    expect(await kindOf(await startWith(world, undefined, { device_tokens: [device_token] }))).toBe(
      "403 captcha_required",
    );
    expect(calls).toEqual([]);
  });

  it("a start that is retried with its Idempotency-Key and the same captcha gets the same answer", async () => {
    const world = await createWorld({ env: always });
    const headers = { "Idempotency-Key": "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e5f" };
    const body = { to, captcha_token: solved("twin-once-1") };
    const first = await world.post("/v1/verifications", body, headers);
    const again = await world.post("/v1/verifications", body, headers);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(await again.json()).toEqual(await first.json());
    expect(textsAskedFor(world)).toHaveLength(1);
    // The same captcha is accepted neither for another number nor for another key.
    const elsewhere = { ...body, to: "+12015550124" };
    expect(await kindOf(await world.post("/v1/verifications", elsewhere, headers))).toBe(
      "403 captcha_failed",
    );
    expect(await kindOf(await world.post("/v1/verifications", body))).toBe("403 captcha_failed");
  });
});

describe("an unavailable Turnstile", () => {
  const failures = [
    ["is down", { status: 500 }],
    ["answers with a page", { status: 200, body: "html" }],
    ["breaks off", { body: "truncated" }],
    ["resets the connection", { body: "reset" }],
  ] as const;

  it.each(failures)("%s: 503, and no store is called", async (_name, fault) => {
    const { world, calls } = await watchedWorld(always);
    await world.fault({ product: "turnstile", count: 2, ...fault });
    const answer = await startWith(world, solved());
    expect(answer.headers.get("Retry-After")).toBe("10");
    expect(await kindOf(answer)).toBe("503 provider_unavailable");
    expect(calls).toEqual(["turnstile", "turnstile"]);
    expect(logged(world, "captcha.unavailable")).toMatchObject([{ level: "alert" }]);
    expect(decisions(world)).toMatchObject([{ verdict: "refuse", rules: "captcha:unavailable" }]);
  });

  it("once, is called again with the same idempotency key, and the start is sent", async () => {
    const world = await createWorld({ env: always });
    await world.fault({ product: "turnstile", count: 1, status: 500, processed: true });
    expect((await startWith(world, solved("twin-once-1"))).status).toBe(201);
    const keys = asked(world).map(({ form }) => form.idempotency_key);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it("delays a start by at most three seconds", async () => {
    const { world, calls } = await watchedWorld(always, undefined, (request, twin) => {
      if (!request.url.endsWith("/siteverify")) return twin(request);
      timers.expire(3000);
      return new Promise(() => undefined);
    });
    const timers = holdTimers();
    expect(await kindOf(await startWith(world, solved()))).toBe("503 provider_unavailable");
    expect(calls).toEqual(["turnstile"]);
  });

  it("because of a wrong secret is 503 with an alert", async () => {
    const env = { ...always, TURNSTILE_SECRET: "0x4AAAAAAA-another-secret" };
    const world = await createWorld({ env });
    expect(await kindOf(await startWith(world, solved()))).toBe("503 provider_unavailable");
    expect(logged(world, "captcha.unavailable")).toMatchObject([
      { level: "alert", codes: "invalid-input-secret" },
    ]);
    expect(world.lines.join()).not.toContain(env.TURNSTILE_SECRET);
  });

  it("with TURNSTILE_UNAVAILABLE=go_on makes the guard decide without a captcha", async () => {
    const world = await createWorld({ env: { ...always, TURNSTILE_UNAVAILABLE: "go_on" } });
    await world.fault({ product: "turnstile", count: 2, status: 500 });
    expect((await startWith(world, solved())).status).toBe(201);
    expect(decisions(world)).toMatchObject([{ verdict: "pass", captcha: "unavailable" }]);
  });

  it("with TURNSTILE_UNAVAILABLE=go_on allows half of the day's budget, and the rest when Turnstile is back", async () => {
    const env = { ...always, TURNSTILE_UNAVAILABLE: "go_on", LIMIT_SEND_TOTAL: "4/1d" };
    const world = await createWorld({ env });
    await world.fault({ product: "turnstile", count: 6, status: 500 });
    const startTo = (index: number) =>
      startFrom(world, index, spreadOver(index), { captcha_token: solved() });
    expect(await kindOf(await startTo(1))).toBe("201");
    expect(await kindOf(await startTo(2))).toBe("201");
    const refused = await startTo(3);
    expect(refused.headers.get("Retry-After")).toBe("60");
    expect(await kindOf(refused)).toBe("503 send_budget_exhausted");
    expect(logged(world, "budget.exhausted")).toEqual([]);
    expect(await kindOf(await startTo(4))).toBe("201");
    expect(await kindOf(await startTo(5))).toBe("201");
    expect(await kindOf(await startTo(6))).toBe("503 send_budget_exhausted");
    expect(logged(world, "budget.exhausted")).toHaveLength(1);
  });

  it("with TURNSTILE_UNAVAILABLE=go_on does not weaken a full prefix or a used-up day", async () => {
    const env = { ...always, TURNSTILE_UNAVAILABLE: "go_on", LIMIT_SEND_TOTAL: "8/1d" };
    const world = await createWorld({ env });
    await fill(world, numberOf, { captcha_token: solved() });
    await world.fault({ product: "turnstile", count: 100, status: 500 });
    const startTo = (index: number, number: string) =>
      startFrom(world, index, number, { captcha_token: solved() });
    expect(await kindOf(await startTo(1, numberOf(9)))).toBe("429 rate_limited");
    expect(await kindOf(await startTo(2, spreadOver(0)))).toBe("201");
    expect(await kindOf(await startTo(3, spreadOver(1)))).toBe("503 send_budget_exhausted");
  });

  it("with TURNSTILE_UNAVAILABLE=go_on still requires a captcha token", async () => {
    const { world, calls } = await watchedWorld({ ...always, TURNSTILE_UNAVAILABLE: "go_on" });
    await world.fault({ product: "turnstile", count: 2, status: 500 });
    expect(await kindOf(await startWith(world))).toBe("403 captcha_required");
    expect(calls).toEqual([]);
  });
});

describe("with TURNSTILE=risky", () => {
  it("a start without risk is sent without a captcha, and Turnstile is not called", async () => {
    const world = await createWorld({ env: risky });
    expect((await startWith(world)).status).toBe(201);
    expect(asked(world)).toHaveLength(0);
    expect(decisions(world)).toMatchObject([{ verdict: "pass", rules: "", captcha: "missing" }]);
  });

  it("a captcha that is sent anyway is checked", async () => {
    const world = await createWorld({ env: risky });
    expect(await kindOf(await startWith(world, "twin-fail"))).toBe("403 captcha_failed");
    expect((await startWith(world, solved())).status).toBe(201);
  });

  it("a full country requires a captcha of strangers, whose next start is refused before any store is called", async () => {
    const { world, calls } = await watchedWorld(risky);
    await fill(world, spreadOver);
    calls.length = 0;
    expect(await kindOf(await startFrom(world, 1, spreadOver(5)))).toBe("403 captcha_required");
    expect(calls.toSorted()).toEqual([
      "LIMITS.get",
      "LIMITS.put",
      "PHONE_LEDGER.beginStart",
      "PHONE_LEDGER.settleSend",
      "SEND_BUDGET.reserve",
    ]);
    calls.length = 0;
    expect(await kindOf(await startFrom(world, 2, spreadOver(6)))).toBe("403 captcha_required");
    expect(calls).toEqual([]);
    // Another country still has room.
    expect((await startFrom(world, 3, "+447400123456")).status).toBe(201);
    const captcha_token = solved();
    expect((await startFrom(world, 4, spreadOver(7), { captcha_token })).status).toBe(201);
  });

  it("an isolate remembers this for a minute, and then asks the breaker again", async () => {
    const { world, calls } = await watchedWorld(risky);
    await fill(world, spreadOver);
    await startFrom(world, 1, spreadOver(5));
    world.clock.nowMs += 61_000;
    calls.length = 0;
    await startFrom(world, 2, spreadOver(6));
    expect(calls).toContain("SEND_BUDGET.reserve");
  });

  it("a rule that only records never requires a captcha", async () => {
    const env = { ...risky, GUARD_RULES: "country:record" };
    const { world } = await watchedWorld(env);
    await fill(world, numberOf);
    // The prefix requires a captcha, and the country would have required one too.
    expect(await kindOf(await startFrom(world, 1, numberOf(5)))).toBe("403 captcha_required");
    expect((await startFrom(world, 2, spreadOver(5))).status).toBe(201);
  });
});
