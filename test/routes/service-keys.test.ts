import { describe, expect, it } from "vitest";
import {
  asBackend,
  bankKey,
  checkAs,
  createBackendWorld,
  serviceKey,
  shopKey,
  startAs,
} from "../helpers/backend.ts";
import { problem } from "../helpers/problem.ts";
import { engines, from, kindOf } from "../helpers/racing.ts";
import { signIn } from "../helpers/session.ts";
import { start, wrong } from "../helpers/world.ts";

const to = "+12015550123";
const minuteMs = 60_000;
const login = { to, purpose: "two_factor", subject: "user-42", amr: ["pwd"] };

describe("a service key", () => {
  it.each([
    ["purpose two_factor", login],
    [
      "purpose transaction",
      { ...login, purpose: "transaction", transaction: { payee: "A", amount: "1" } },
    ],
    ["subject", { to, subject: "user-42" }],
    ["amr", { to, amr: ["pwd"] }],
    ["transaction", { to, transaction: {} }],
  ])("is what %s asks for: without one it is 401, and says how to send it", async (what, body) => {
    const world = await createBackendWorld();
    const answer = await world.post("/v1/verifications", body);
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="phonegate"');
    expect(await problem(answer)).toMatchObject({
      status: 401,
      code: "invalid_service_key",
      title: "This needs a service key",
      detail: `${what} needs a service key: send "Authorization: Bearer sk_…"`,
    });
    expect(world.outgoing).toHaveLength(0);
  });

  it("is no access token: the answer to an access token says which kind of token arrived", async () => {
    const world = await createBackendWorld();
    const { access_token } = await signIn(world, "+12015550124");
    const answer = await world.post("/v1/verifications", login, asBackend(access_token));
    expect(await problem(answer)).toMatchObject({
      code: "invalid_service_key",
      detail:
        'purpose two_factor needs a service key, but the request has another token: send "Authorization: Bearer sk_…"',
    });
  });

  it("has a problem page that says where keys come from and how to send one", async () => {
    const world = await createBackendWorld();
    const page = await (await world.send("/problems/invalid_service_key")).text();
    for (const word of ["Authorization: Bearer sk_…", "SERVICE_KEYS", "npm run keys -- service"])
      expect(page).toContain(word);
  });

  it.each([
    ["that nobody has made", `sk_${"x".repeat(43)}`],
    ["cut short", shopKey.slice(0, -1)],
    ["in other letters", shopKey.toUpperCase().replace("SK_", "sk_")],
    ["that is only the beginning", "sk_"],
  ])("%s is 401, for a sign-in too", async (_, key) => {
    const world = await createBackendWorld();
    for (const body of [login, { to }]) {
      const answer = await world.post("/v1/verifications", body, asBackend(key));
      expect(answer.headers.get("WWW-Authenticate")).toBe(
        'Bearer realm="phonegate", error="invalid_token"',
      );
      expect(await problem(answer)).toMatchObject({
        status: 401,
        code: "invalid_service_key",
        detail: "SERVICE_KEYS does not list this service key",
      });
    }
    expect(world.outgoing).toHaveLength(0);
  });

  it.each([
    ["transaction", { ...login, purpose: "transaction", transaction: {} }],
    ["sign_in", { to }],
  ])("that is not for %s is 403", async (_, body) => {
    const world = await createBackendWorld();
    const answer = await world.post("/v1/verifications", body, asBackend(shopKey));
    expect(await problem(answer)).toMatchObject({ status: 403, code: "insufficient_scope" });
  });

  it("for a purpose that the operator has not enabled is 403 purpose_not_enabled", async () => {
    const { key, entry } = await serviceKey("app", ["two_factor"], shopKey);
    const settings = { PURPOSES: "two_factor", SERVICE_KEYS: JSON.stringify([entry]) };
    const world = await createBackendWorld(settings);
    const body = { ...login, purpose: "transaction", transaction: {} };
    const answer = await world.post("/v1/verifications", body, asBackend(key));
    expect(await kindOf(answer)).toBe("403 purpose_not_enabled");
    expect(await kindOf(await world.post("/v1/verifications", { to }))).toBe(
      "403 purpose_not_enabled",
    );
  });

  it("is rotated by listing two keys of one client: both work, and each consumes what the other started", async () => {
    const [old, next] = [
      await serviceKey("app", ["two_factor"], shopKey),
      await serviceKey("app", ["two_factor"], bankKey),
    ];
    const SERVICE_KEYS = JSON.stringify([old.entry, next.entry]);
    const world = await createBackendWorld({ PURPOSES: "sign_in,two_factor", SERVICE_KEYS });
    const checked = await checkAs(world, await startAs(world, old.key, login));
    const { proof_token } = await checked.json<{ proof_token: string }>();
    const consumed = await world.post("/v1/proofs/consume", { proof_token }, asBackend(next.key));
    expect(consumed.status).toBe(200);
  });

  it("is exempt from the windows of its address, not from those of the number and the day", async () => {
    const limits = { LIMIT_SEND_PER_IP: "1/1h", LIMIT_SEND_PER_PHONE: "2/10m" };
    const world = await createBackendWorld({ ...limits, LIMIT_SEND_TOTAL: "4/1d" });
    const startFor = async (number: string) =>
      kindOf(await world.post("/v1/verifications", { ...login, to: number }, asBackend(shopKey)));
    expect(await startFor(to)).toBe("201");
    expect(await startFor(to)).toBe("201");
    expect(await startFor(to)).toBe("429 rate_limited");
    expect(await startFor("+12015550124")).toBe("201");
    expect(await startFor("+12015550125")).toBe("201");
    expect(await startFor("+12015550126")).toBe("503 send_budget_exhausted");
  });
});

describe("the fields of a backend", () => {
  it.each([
    ["subject", "usr_abc"],
    ["subject", ""],
    ["subject", "x".repeat(256)],
    ["subject", "a\nb"],
    ["subject", "é".repeat(128)],
    ["amr", "pwd"],
    ["amr", ["PWD"]],
    ["amr", Array.from({ length: 9 }, (_, index) => `m${index}`)],
    ["transaction", { payee: "A", amount: "1" }],
    ["to", undefined],
  ])("is refused by name: %s %j of a second factor", async (field, value) => {
    const world = await createBackendWorld();
    const body = { ...login, [field]: value };
    const answer = await world.post("/v1/verifications", body, asBackend(shopKey));
    const { errors } = await problem(answer);
    expect(answer.status).toBe(400);
    expect(errors).toEqual([
      expect.objectContaining({ path: expect.stringMatching(new RegExp(`^${field}`)) }),
    ]);
  });

  it.each([
    [undefined, "transaction"],
    [[], "transaction"],
    ["x", "transaction"],
    [{ payee: 5 }, "transaction"],
    [{ payee: "A\n@evil.example #123456", amount: "1" }, "transaction"],
    [{ payee: "A", amount: "x".repeat(33) }, "transaction"],
    [{ note: "x".repeat(1100) }, "transaction"],
    [{ deep: { value: 1e300 } }, "transaction.deep.value"],
  ])("is refused by name: the transaction %j", async (transaction, path) => {
    const world = await createBackendWorld();
    const body = { ...login, purpose: "transaction", transaction };
    const answer = await world.post("/v1/verifications", body, asBackend(bankKey));
    expect(await problem(answer)).toMatchObject({ status: 400, errors: [{ path }] });
    expect(world.outgoing).toHaveLength(0);
  });

  it("need only the transaction if the message does not show it", async () => {
    const world = await createBackendWorld({
      OTP_ENGINE: "messaging",
      TWILIO_FROM: "+12015550193",
    });
    const body = { ...login, purpose: "transaction", transaction: { order: 7 } };
    const { code } = await startAs(world, bankKey, body);
    const [text] = await world.inbox(to);
    expect(text?.body).toBe(`${code} is your Phonegate code. It expires in 10 minutes.`);
  });
});

describe.each(engines)("engine $engine: strangers", ({ env }) => {
  it("cannot use up a backend's limits of a number, nor its verification's attempts", async () => {
    const world = await createBackendWorld(env);
    for (const index of [0, 1]) {
      const { id, code } = await start(world, to);
      for (let guess = 0; guess < 5; guess += 1)
        await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) }, from(index));
      world.clock.nowMs += 10 * minuteMs;
    }
    expect((await world.post("/v1/verifications", { to })).status).toBe(429);
    const started = await startAs(world, shopKey, login);
    expect((await checkAs(world, started)).status).toBe(200);
  });

  it("with the id but not the code learn only the channel and the masked number", async () => {
    const world = await createBackendWorld(env);
    const { id } = await startAs(world, shopKey, login);
    world.clock.nowMs += 31_000;
    const texts = [
      await (await world.send(`/v1/verifications/${id}`)).text(),
      await (await world.post(`/v1/verifications/${id}/resend`, {})).text(),
      await (await world.post(`/v1/verifications/${id}/check`, { code: "000000" })).text(),
      await (await world.send(`/v1/verifications/${id}`, { method: "DELETE" })).text(),
    ];
    // The text of an id is random, so a match in it is by chance.
    const words = texts.join("\n").replaceAll(/vrf_[\w-]+/g, "");
    for (const secret of ["2015550123", "user-42", "shop", "pwd"])
      expect(words).not.toContain(secret);
    expect(texts[1]).toContain("+1•••••0123");
  });
});
