import { describe, expect, it } from "vitest";
import { createWorld, start, wrong, type World } from "./helpers/world.ts";
import { interceptedBindings } from "./helpers/recorder.ts";

const to = "+12015550123";
const own = { OTP_ENGINE: "messaging", TWILIO_FROM: "+12015550193" };

const post = (world: World, path: string, body: unknown, key?: string) =>
  world.post(path, body, key === undefined ? {} : { "Idempotency-Key": key });
const startOf = (world: World, number = to, key?: string) =>
  post(world, "/v1/verifications", { to: number }, key);
const check = (world: World, id: string, code: string) =>
  post(world, `/v1/verifications/${id}/check`, { code });
const codeOf = async (response: Response) => (await response.json<{ code: string }>()).code;
const read = async (world: World, id: string) =>
  (await world.send(`/v1/verifications/${id}`)).json<Record<string, unknown>>();

describe("a 429 or 401 without a code of Twilio's", () => {
  it.each([429, 401])(
    "(%i) may come after the work: it is not tried again, and it counts",
    async (status) => {
      const world = await createWorld({
        env: {
          LIMIT_SEND_PER_PHONE: "1/10m",
          OTP_FALLBACK: "messaging",
          TWILIO_FROM: "+12015550193",
        },
        network: async (request, twin) => {
          await twin(request);
          return Response.json({ message: "busy" }, { status });
        },
      });
      expect((await startOf(world)).status).toBe(502);
      expect(await world.inbox(to)).toHaveLength(1);
      expect((await startOf(world)).status).toBe(429);
      expect(await world.inbox(to)).toHaveLength(1);
    },
  );
});

describe("a check", () => {
  it("whose right code timed out and then gets a 404 of Twilio answers 503, and the verification is canceled", async () => {
    let isLost = true;
    const world = await createWorld({
      network: async (request, twin) => {
        const answer = await twin(request);
        if (!request.url.endsWith("/VerificationCheck") || !isLost) return answer;
        return Response.json({ nonsense: true });
      },
    });
    const { id, code } = await start(world, to);
    expect((await check(world, id, code)).status).toBe(502);
    isLost = false;
    const again = await check(world, id, code);
    expect(again.status).toBe(503);
    expect((await read(world, id)).status).toBe("canceled");
  });

  it.each([
    ["20429", { status: 429, code: 20429, count: 2 }],
    ["20003", { status: 401, code: 20003, count: 1 }],
    ["60212", { status: 429, code: 60212, count: 2 }],
  ])("that Twilio did not judge (%s) costs no attempt", async (_, fault) => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    await world.fault(fault);
    expect([429, 503]).toContain((await check(world, id, code)).status);
    expect((await read(world, id)).attempts_remaining).toBe(5);
    expect((await check(world, id, code)).status).toBe(200);
  });
});

describe("a start", () => {
  it("in the last 15 s of Twilio's verification sends no code, since it would expire before the user enters it", async () => {
    const world = await createWorld();
    await start(world, to);
    world.clock.nowMs += 585_001;
    expect((await startOf(world)).status).toBe(429);
    expect(await world.inbox(to)).toHaveLength(1);
    world.clock.nowMs += 15_000;
    expect((await startOf(world)).status).toBe(201);
  });

  it("after a DELETE cancels the old code first, answers 503 while Twilio cannot cancel, and then sends a new code", async () => {
    const world = await createWorld();
    const first = await start(world, to);
    await check(world, first.id, wrong(first.code));
    const path = `/v1/verifications/${first.id}`;
    expect((await world.send(path, { method: "DELETE" })).status).toBe(204);
    await world.fault({ status: 500, count: 2 });
    const unheard = await startOf(world);
    expect([unheard.status, await codeOf(unheard)]).toEqual([503, "provider_unavailable"]);
    expect(await world.inbox(to)).toHaveLength(1);
    const second = await start(world, to);
    const cancels = world.outgoing.filter(({ form }) => form.Status === "canceled");
    expect(cancels).toHaveLength(3);
    expect(second.code).not.toBe(first.code);
    expect((await read(world, second.id)).attempts_remaining).toBe(5);
    expect((await check(world, second.id, second.code)).status).toBe(200);
  });

  it("whose text left by the fallback, but whose settlement was lost, answers 503", async () => {
    const bindings = interceptedBindings(({ name, run }) =>
      name === "PHONE_LEDGER.settleSend" ? Promise.reject(new Error("down")) : run(),
    );
    const fallback = { OTP_FALLBACK: "messaging", TWILIO_FROM: "+12015550193" };
    const world = await createWorld({ env: { ...fallback, ...bindings } });
    await world.fault({ product: "verify", status: 429, code: 20429, count: 2 });
    const answer = await startOf(world);
    expect(answer.status).toBe(503);
    expect(await codeOf(answer)).toBe("store_unavailable");
  });

  it("repeated by its key after the verification ended tells how it ended", async () => {
    const world = await createWorld({ env: own });
    const key = crypto.randomUUID();
    const { id } = await (await startOf(world, to, key)).json<{ id: string }>();
    const [text] = await world.inbox(to);
    await check(world, id, text?.code ?? "");
    const again = await startOf(world, to, key);
    expect(again.status).toBe(201);
    expect(await again.json()).toMatchObject({ id, status: "approved" });
  });

  it("repeated by its key after a lost answer says that another key is needed", async () => {
    const world = await createWorld();
    const key = crypto.randomUUID();
    await world.fault({ body: "reset", count: 1, processed: true });
    expect((await startOf(world, to, key)).status).toBe(503);
    const again = await startOf(world, to, key);
    expect(again.status).toBe(503);
    expect(await again.json()).toMatchObject({
      code: "provider_unavailable",
      detail: expect.stringContaining("new key"),
    });
    expect(await world.inbox(to)).toHaveLength(1);
  });
});

describe("an exhausted verification", () => {
  it("stays exhausted after it would have expired", async () => {
    const world = await createWorld();
    const { id, code } = await start(world, to);
    for (let count = 0; count < 5; count += 1) await check(world, id, wrong(code));
    world.clock.nowMs += 11 * 60_000;
    expect((await read(world, id)).status).toBe("exhausted");
    expect(await codeOf(await check(world, id, code))).toBe("verification_exhausted");
  });
});

describe("what a start tells of a number", () => {
  /** Status, body and headers, without the ids and times of this request. */
  async function told(response: Response) {
    const { request_id: _, ...body } = await response.json<Record<string, unknown>>();
    const headers = Object.fromEntries(response.headers);
    delete headers["x-request-id"];
    return { status: response.status, body, headers };
  }

  it("a number's window, its lock and its used-up code give the same answer", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_IP: "1000/1h" } });
    const [windowed, locked, used] = ["+12015550110", "+12015550111", "+12015550112"] as const;
    for (let count = 0; count < 5; count += 1) await startOf(world, windowed);
    const { id, code } = await start(world, used);
    for (let count = 0; count < 5; count += 1) await check(world, id, wrong(code));
    const usedAnswer = await told(await startOf(world, used));
    const windowAnswer = await told(await startOf(world, windowed));
    for (let round = 0; round < 2; round += 1) {
      const one = await start(world, locked);
      for (let count = 0; count < 5; count += 1) await check(world, one.id, wrong(one.code));
      world.clock.nowMs += round === 0 ? 601_000 : 400_000;
    }
    const lockAnswer = await told(await startOf(world, locked));
    expect(windowAnswer.status).toBe(429);
    expect(usedAnswer).toEqual(windowAnswer);
    expect(lockAnswer).toEqual(windowAnswer);
  });

  it("the answer on a spent day does not depend on the number", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_TOTAL: "5/1d" } });
    for (let count = 0; count < 5; count += 1) await startOf(world, to);
    const full = await told(await startOf(world, to));
    const fresh = await told(await startOf(world, "+12015550124"));
    expect(full.body.code).toBe("send_budget_exhausted");
    expect(full).toEqual(fresh);
  });
});

describe("the log", () => {
  it("has one alert a day for a spent budget, for any number of refusals", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_TOTAL: "1/1d", COUNTRY_CAPS: "DE:1/1d" } });
    await startOf(world);
    for (let count = 0; count < 5; count += 1) await startOf(world, `+1201555011${count}`);
    const alerts = () => world.lines.filter((line) => line.includes('"budget.exhausted"'));
    expect(alerts()).toHaveLength(1);
    world.clock.nowMs += 24 * 60 * 60_000;
    await startOf(world);
    await startOf(world, "+12015550124");
    expect(alerts()).toHaveLength(2);
  });

  it("names Twilio's request with its failure", async () => {
    const world = await createWorld();
    await startOf(world, "+12015550163");
    expect(world.lines.join("\n")).toMatch(
      /"provider.error".*"provider_request_id":"RQ[0-9a-f]{32}"/,
    );
  });

  it("logs an error for a Verify service that does not exist", async () => {
    const world = await createWorld({
      env: { TWILIO_VERIFY_SERVICE_SID: `VA${"9".repeat(32)}` },
    });
    expect((await startOf(world)).status).toBe(503);
    expect(world.lines.join("\n")).toMatch(/"provider.error".*"level":"alert".*20404/);
  });
});

describe("work in the background", () => {
  it("does not delay or fail a request: five feedbacks may fail", async () => {
    const world = await createWorld({
      env: own,
      network: async (request, twin) =>
        request.url.endsWith("/Feedback.json")
          ? Response.json({ code: 20500 }, { status: 500 })
          : twin(request),
    });
    for (let count = 0; count < 6; count += 1) {
      const { id, code } = await start(world, `+1201555011${count}`);
      expect((await check(world, id, code)).status).toBe(200);
    }
  });
});

describe("a webhook's body", () => {
  it("that breaks off answers 400 and logs no error", async () => {
    const world = await createWorld({ env: own });
    const body = new ReadableStream({
      start: (controller) => controller.error(new Error("gone")),
    });
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const init = { method: "POST", headers, body };
    const answer = await world.send("/v1/webhooks/twilio/messages", init);
    expect(answer.status).toBe(400);
    expect(world.lines.join()).not.toContain("alert");
  });
});
