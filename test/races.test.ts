import { describe, expect, it } from "vitest";
import { holdTimers } from "./helpers/held-timers.ts";
import { interceptedBindings } from "./helpers/recorder.ts";
import {
  budgetStandIn,
  engines,
  from,
  inParallel,
  judgementsAskedFor,
  kindOf,
  leftToday,
  ledgerStandIn,
  tally,
  textsAskedFor,
} from "./helpers/racing.ts";
import { createWorld, start, wrong, type World } from "./helpers/world.ts";

const to = "+12015550123";
const minuteMs = 60_000;

/** Forty mobile numbers in each of five countries. */
const manyNumbers = ["+12025550", "+447400123", "+4915112340", "+33612345", "+919876543"].flatMap(
  (prefix) => Array.from({ length: 40 }, (_, index) => `${prefix}${index + 100}`),
);

const startFor = (world: World, number: string, index = 0) =>
  world.post("/v1/verifications", { to: number }, from(index));

const checkOf = (world: World, id: string, code: string, index = 0) =>
  world.post(`/v1/verifications/${id}/check`, { code }, from(index));

/** What arrived on the phones of these numbers. */
async function arrived(world: World, numbers: readonly string[]): Promise<number> {
  const inboxes = await Promise.all(numbers.map((number) => world.inbox(number)));
  return inboxes.flat().length;
}

describe.each(engines)("engine $engine", ({ engine, env }) => {
  const createWorldOf = (more: Record<string, unknown> = {}) =>
    createWorld({ env: { ...env, ...more } });

  describe("a number's sends", () => {
    it.each([
      [5, {}],
      [3, { LIMIT_SEND_PER_PHONE: "3/10m" }],
    ])("are %i for any number of parallel starts", async (allowed, limits) => {
      const world = await createWorldOf(limits);
      holdTimers();
      const answers = await inParallel(100, (index) => startFor(world, to, index));
      // Twilio Verify sends one at a time, and at most three strangers wait.
      const atOnce = engine === "verify" ? Math.min(allowed, 4) : allowed;
      expect(await tally(answers)).toEqual({ "201": atOnce, "429 rate_limited": 100 - atOnce });
      await inParallel(100, (index) => startFor(world, to, 100 + index));
      expect(textsAskedFor(world)).toHaveLength(allowed);
      expect(await world.inbox(to)).toHaveLength(allowed);
    });

    it("are more in a ledger that reads and later writes, and exactly as many as allowed in an atomic ledger", async () => {
      const limits = { LIMIT_SEND_PER_PHONE: "3/10m" };
      const racing = await createWorldOf({ ...limits, PHONE_LEDGER: ledgerStandIn("an await") });
      await inParallel(40, (index) => startFor(racing, to, index));
      expect(textsAskedFor(racing).length).toBeGreaterThan(3);
      const exact = await createWorldOf({ ...limits, PHONE_LEDGER: ledgerStandIn("nothing") });
      for (let wave = 0; wave < 5; wave += 1)
        await inParallel(40, (index) => startFor(exact, to, 40 * wave + index));
      expect(textsAskedFor(exact)).toHaveLength(3);
    });

    it("are one for fifty parallel resends of a verification", async () => {
      const world = await createWorldOf();
      const { id } = await start(world, to);
      world.clock.nowMs += 31_000;
      const path = `/v1/verifications/${id}/resend`;
      const answers = await inParallel(50, (index) => world.post(path, {}, from(index)));
      expect(await tally(answers)).toEqual({ "200": 1, "429 rate_limited": 49 });
      expect(await world.inbox(to)).toHaveLength(2);
    });

    it("are more than one of fifty parallel resends in a ledger that reads and later writes", async () => {
      const world = await createWorldOf({ PHONE_LEDGER: ledgerStandIn("an await") });
      const { id } = await start(world, to);
      world.clock.nowMs += 31_000;
      const path = `/v1/verifications/${id}/resend`;
      await inParallel(50, (index) => world.post(path, {}, from(index)));
      expect(textsAskedFor(world).length).toBeGreaterThan(2);
    });
  });

  describe("the day's sends", () => {
    it("are ten of two hundred starts for two hundred numbers in five countries", async () => {
      const world = await createWorldOf({ LIMIT_SEND_TOTAL: "10/1d" });
      const answers = await inParallel(200, (index) =>
        startFor(world, manyNumbers[index] ?? "", index),
      );
      expect(await tally(answers)).toEqual({ "201": 10, "503 send_budget_exhausted": 190 });
      expect(textsAskedFor(world)).toHaveLength(10);
      expect(await arrived(world, manyNumbers)).toBe(10);
    });
  });

  describe("the day's last place", () => {
    it("that is reserved for a moment by a start which the number refuses delays others by seconds, without an alert", async () => {
      const [holding, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let holds = false;
      const bindings = interceptedBindings(async ({ name, run }) => {
        const answer = await run();
        if (name === "SEND_BUDGET.reserve" && holds) {
          holds = false;
          holding.resolve();
          await held.promise;
        }
        return answer;
      });
      const limits = { LIMIT_SEND_TOTAL: "2/1d", LIMIT_SEND_PER_PHONE: "1/10m" };
      const world = await createWorldOf({ ...limits, ...bindings });
      await start(world, to);
      holds = true;
      const refused = startFor(world, to, 1);
      await holding.promise;
      const bystander = await startFor(world, "+12015550124", 2);
      expect(bystander.headers.get("Retry-After")).toBe("2");
      expect(await kindOf(bystander)).toBe("503 send_budget_exhausted");
      expect(world.lines.join()).not.toContain("budget.exhausted");
      held.resolve();
      expect((await refused).status).toBe(429);
      expect((await startFor(world, "+12015550124", 2)).status).toBe(201);
      const spent = await startFor(world, "+12015550125", 3);
      expect(Number(spent.headers.get("Retry-After"))).toBeGreaterThan(60);
      expect(world.lines.filter((line) => line.includes("budget.exhausted"))).toHaveLength(1);
    });
  });

  describe("a reservation", () => {
    /** Twilio refuses this number. The second number tests the budget, which all numbers share. */
    const refuse = (world: World) => world.fault({ count: 1, status: 403, code: 60410 });

    it("of a send that Twilio refuses is given back to the number", async () => {
      const world = await createWorldOf({ LIMIT_SEND_PER_PHONE: "1/10m" });
      await refuse(world);
      expect((await startFor(world, to)).status).toBe(422);
      expect((await startFor(world, to)).status).toBe(201);
      expect((await startFor(world, to)).status).toBe(429);
      expect(await world.inbox(to)).toHaveLength(1);
    });

    it("of a send that Twilio refuses is given back to the day", async () => {
      const world = await createWorldOf({ LIMIT_SEND_TOTAL: "1/1d" });
      await refuse(world);
      expect((await startFor(world, to)).status).toBe(422);
      expect((await startFor(world, "+12015550124")).status).toBe(201);
      expect((await startFor(world, "+12015550125")).status).toBe(503);
    });

    it("of a refused resend is given back, and the resend may be tried at once", async () => {
      const world = await createWorldOf({ LIMIT_SEND_PER_PHONE: "2/10m" });
      const { id } = await start(world, to);
      world.clock.nowMs += 31_000;
      await refuse(world);
      const resend = () => world.post(`/v1/verifications/${id}/resend`, {});
      expect((await resend()).status).toBe(422);
      expect((await resend()).status).toBe(200);
      expect(await world.inbox(to)).toHaveLength(2);
    });

    it("is given back once, also when the settlement arrives three times", async () => {
      const bindings = interceptedBindings(async ({ name, run }) => {
        const outcome = await run();
        if (/settle/.test(name)) await Promise.all([run(), run()]);
        return outcome;
      });
      const limits = { LIMIT_SEND_PER_PHONE: "2/10m", LIMIT_SEND_TOTAL: "3/1d" };
      const world = await createWorldOf({ ...limits, ...bindings });
      expect((await startFor(world, to)).status).toBe(201);
      await refuse(world);
      expect((await startFor(world, to)).status).toBe(422);
      expect((await startFor(world, to)).status).toBe(201);
      expect((await startFor(world, to)).status).toBe(429);
      expect(await leftToday(world)).toBe(1);
    });

    it("of a send that may have left still counts for the number", async () => {
      const world = await createWorldOf({ LIMIT_SEND_PER_PHONE: "1/10m" });
      await world.fault({ count: 1, status: 500, processed: true });
      expect((await startFor(world, to)).status).toBe(503);
      expect((await startFor(world, to)).status).toBe(429);
      expect(await world.inbox(to)).toHaveLength(1);
    });

    it("of a send that may have left still counts for the day", async () => {
      const world = await createWorldOf({ LIMIT_SEND_TOTAL: "1/1d" });
      await world.fault({ count: 1, status: 500, processed: true });
      expect((await startFor(world, to)).status).toBe(503);
      expect((await startFor(world, "+12015550124")).status).toBe(503);
      expect(await arrived(world, [to, "+12015550124"])).toBe(1);
    });

    it("that is refused after its deadline is not given back", async () => {
      const limits = { LIMIT_SEND_PER_PHONE: "1/10m", LIMIT_SEND_TOTAL: "2/1d" };
      const world = await createWorld({
        env: { ...env, ...limits },
        network: async (request, twin) => {
          world.clock.nowMs += 31_000;
          return twin(request);
        },
      });
      await refuse(world);
      expect((await startFor(world, to)).status).toBe(422);
      expect((await startFor(world, to)).status).toBe(429);
      expect(await leftToday(world)).toBe(1);
    });

    it("of a number whose address is over its window is given back at once", async () => {
      const world = await createWorldOf({
        LIMIT_SEND_PER_IP: "1/1h",
        LIMIT_SEND_PER_PHONE: "1/10m",
        LIMIT_SEND_TOTAL: "2/1d",
      });
      expect((await startFor(world, "+12015550124", 1)).status).toBe(201);
      expect((await startFor(world, to, 1)).status).toBe(429);
      expect((await startFor(world, to, 2)).status).toBe(201);
    });
  });

  describe("a code", () => {
    it("is judged for at most five of two hundred wrong guesses, and after them the right code is refused", async () => {
      const world = await createWorldOf();
      holdTimers();
      const { id, code } = await start(world, to);
      const guess = (index: number) => checkOf(world, id, wrong(code), index);
      const first = await tally(await inParallel(100, guess));
      // Twilio judges one at a time, and at most three strangers wait.
      const refused = engine === "verify" ? "429 rate_limited" : "410 verification_exhausted";
      expect(first).toEqual({ "422 wrong_code": 4, [refused]: 96 });
      const second = await tally(await inParallel(100, (index) => guess(100 + index)));
      expect(second["422 wrong_code"]).toBeUndefined();
      expect(judgementsAskedFor(world)).toHaveLength(engine === "verify" ? 5 : 0);
      expect(await kindOf(await checkOf(world, id, code, 201))).toBe("410 verification_exhausted");
    });

    if (engine === "verify")
      it("is pending with four attempts left after four parallel checks of which Twilio judges one and refuses three", async () => {
        // The first request. Or that of the last check, which is retried after a refusal.
        for (const taken of [1, 7, 8]) {
          let requests = 0;
          const network = async (request: Request, twin: typeof fetch) => {
            if (!request.url.endsWith("/VerificationCheck")) return twin(request);
            requests += 1;
            const refusal = { code: 20429, message: "", more_info: "", status: 429 };
            return requests === taken ? twin(request) : Response.json(refusal, { status: 429 });
          };
          const world = await createWorld({ env, network });
          holdTimers();
          const { id, code } = await start(world, to);
          const answers = await inParallel(4, (index) => checkOf(world, id, wrong(code), index));
          const kinds = await tally(answers);
          expect(kinds).toEqual({ "503 provider_unavailable": 3, "422 wrong_code": 1 });
          const view = await world.send(`/v1/verifications/${id}`);
          expect(await view.json()).toMatchObject({ status: "pending", attempts_remaining: 4 });
        }
      });

    it("is judged for more than five guesses in a ledger that reads and later writes", async () => {
      const world = await createWorldOf({ PHONE_LEDGER: ledgerStandIn("an await") });
      const { id, code } = await start(world, to);
      const answers = await inParallel(100, (index) => checkOf(world, id, wrong(code), index));
      const wrongs = (await tally(answers))["422 wrong_code"] ?? 0;
      // With engine `verify` Twilio's own limit of five is behind ours. The calls to Twilio show the fault.
      expect(Math.max(wrongs, judgementsAskedFor(world).length)).toBeGreaterThan(5);
    });

    it("in fifty parallel right checks opens one session, and no check is told that it was wrong", async () => {
      const world = await createWorldOf();
      holdTimers();
      const { id, code } = await start(world, to);
      const answers = await inParallel(50, (index) => checkOf(world, id, code, index));
      const { "200": sessions, ...refusals } = await tally(answers);
      expect(sessions).toBe(1);
      // Twilio judges one check. The waiting checks learn of its approval.
      expect(judgementsAskedFor(world)).toHaveLength(engine === "verify" ? 1 : 0);
      expect(refusals["410 verification_used"]).toBeGreaterThanOrEqual(3);
      if (engine === "verify") delete refusals["429 rate_limited"];
      expect(Object.keys(refusals)).toEqual(["410 verification_used"]);
      const view = await world.send(`/v1/verifications/${id}`);
      expect(await view.json()).toMatchObject({ status: "approved" });
    });

    if (engine === "messaging")
      it("opens more than one session in a ledger that reads and later writes", async () => {
        const world = await createWorldOf({ PHONE_LEDGER: ledgerStandIn("an await") });
        const { id, code } = await start(world, to);
        const answers = await inParallel(50, (index) => checkOf(world, id, code, index));
        expect((await tally(answers))["200"]).toBeGreaterThan(1);
      });

    it("that is right among forty-nine parallel wrong ones opens at most one session", async () => {
      const world = await createWorldOf();
      const { id, code } = await start(world, to);
      const answers = await inParallel(50, (index) =>
        checkOf(world, id, index === 3 ? code : wrong(code), index),
      );
      const counts = await tally(answers);
      expect(counts["200"] ?? 0).toBeLessThanOrEqual(1);
      expect(judgementsAskedFor(world).length).toBeLessThanOrEqual(5);
    });

    it("gets no new attempts by a resend: three wrong codes, a resend and two more exhaust it", async () => {
      const world = await createWorldOf();
      const { id, code } = await start(world, to);
      const guess = async (given: string) => {
        const answer = await checkOf(world, id, given);
        return answer.json<{ code?: string; attempts_remaining?: number }>();
      };
      for (const attempts_remaining of [4, 3, 2])
        expect(await guess(wrong(code))).toMatchObject({ code: "wrong_code", attempts_remaining });
      world.clock.nowMs += 31_000;
      const resent = await world.post(`/v1/verifications/${id}/resend`, {});
      expect(resent.status).toBe(200);
      expect(await resent.json()).toMatchObject({ attempts_remaining: 2 });
      expect(await guess(wrong(code))).toMatchObject({ code: "wrong_code", attempts_remaining: 1 });
      expect(await guess(wrong(code))).toMatchObject({ code: "verification_exhausted" });
      expect(await guess(wrong(code))).toMatchObject({ code: "verification_exhausted" });
      expect(await guess(code)).toMatchObject({ code: "verification_exhausted" });
      expect(judgementsAskedFor(world).length).toBeLessThanOrEqual(5);
    });

    it("gets no new attempts by a new start: ten wrong codes in a row lock the number, for twice as long each time", async () => {
      const world = await createWorldOf({ LIMIT_SEND_PER_PHONE: "100/10m" });
      const outcomes: string[] = [];
      for (let round = 0; round < 10; round += 1) {
        const started = await startFor(world, to, round);
        const { id } = await started.clone().json<{ id: string }>();
        outcomes.push(await kindOf(started));
        if (started.status === 201) {
          const [newest] = await world.inbox(to);
          for (let index = 0; index < 8; index += 1)
            await checkOf(world, id, wrong(newest?.code ?? ""), 10 * round + index);
        }
        world.clock.nowMs += 11 * minuteMs;
      }
      // The lock of 15 minutes skips one round, the lock of 30 minutes two, the lock of an hour five.
      const locked = "429 rate_limited";
      const round = ["201", "201", locked];
      expect(outcomes).toEqual([...round, ...round, locked, ...round]);
      expect(judgementsAskedFor(world).length).toBeLessThanOrEqual(30);
    });

    if (engine === "messaging")
      it("without a wrong guess cannot be checked while its number is locked, and can be checked afterwards", async () => {
        const world = await createWorldOf({ OTP_TTL: "1h", ALLOW_NONCONFORMING: "on" });
        const [mine, first, second] = [
          await start(world, to),
          await start(world, to),
          await start(world, to),
        ];
        await inParallel(5, () => checkOf(world, first.id, wrong(first.code)));
        await inParallel(5, () => checkOf(world, second.id, wrong(second.code)));
        expect(await kindOf(await checkOf(world, mine.id, mine.code))).toBe("429 rate_limited");
        world.clock.nowMs += 15 * minuteMs;
        expect(await kindOf(await checkOf(world, mine.id, mine.code))).toBe("200");
      });
  });
});

describe("Twilio's yes", () => {
  /** Approves every check, as a Twilio whose own protection against a second approval has failed. */
  const yesToAll = async (request: Request, twin: typeof fetch): Promise<Response> => {
    if (!request.url.endsWith("/VerificationCheck")) return twin(request);
    const form = new URLSearchParams(new TextDecoder().decode(await request.clone().arrayBuffer()));
    const path = new URL(request.url).pathname;
    const sid = form.get("VerificationSid");
    return Response.json({
      sid,
      service_sid: path.split("/")[3],
      to,
      status: "approved",
      valid: true,
    });
  };

  it("is requested once, and opens one session, for any number of parallel attempts", async () => {
    const world = await createWorld({ network: yesToAll });
    const { id, code } = await start(world, to);
    const answers = await inParallel(20, (index) => checkOf(world, id, code, index));
    expect((await tally(answers))["200"]).toBe(1);
    expect(judgementsAskedFor(world)).toHaveLength(1);
  });

  it("to many parallel attempts opens many sessions in a ledger that reads and later writes", async () => {
    const env = { PHONE_LEDGER: ledgerStandIn("an await") };
    const world = await createWorld({ env, network: yesToAll });
    const { id, code } = await start(world, to);
    const answers = await inParallel(20, (index) => checkOf(world, id, code, index));
    expect((await tally(answers))["200"]).toBeGreaterThan(1);
  });

  it.each(["a DELETE", "half a minute"])("that comes after %s opens no session", async (what) => {
    let id = "";
    const world = await createWorld({
      network: async (request, twin) => {
        const answer = await twin(request);
        if (!request.url.endsWith("/VerificationCheck")) return answer;
        if (what === "a DELETE") await world.send(`/v1/verifications/${id}`, { method: "DELETE" });
        else world.clock.nowMs += 31_000;
        return answer;
      },
    });
    const started = await start(world, to);
    ({ id } = started);
    expect((await checkOf(world, id, started.code)).status).toBe(410);
    const view = await world.send(`/v1/verifications/${id}`);
    expect(await view.json()).not.toMatchObject({ status: "approved" });
  });
});

describe("a budget", () => {
  /** Ledgers in memory: a hundred objects would only be slow. */
  const spend = async (env: Record<string, unknown>) => {
    const world = await createWorld({ env: { PHONE_LEDGER: ledgerStandIn("nothing"), ...env } });
    await inParallel(100, (index) => startFor(world, manyNumbers[2 * index] ?? "", index));
    return { world, texts: textsAskedFor(world) };
  };

  it.each(["LIMIT_SEND_TOTAL=10/1d", "COUNTRY_CAPS=*:2/1d"])(
    "with %s lets more pass when it gets and then puts, and ten when it does not",
    async (setting) => {
      const [name = "", value] = setting.split("=");
      const racing = await spend({ [name]: value, SEND_BUDGET: budgetStandIn("an await") });
      expect(racing.texts.length).toBeGreaterThan(10);
      const exact = await spend({ [name]: value, SEND_BUDGET: budgetStandIn("nothing") });
      expect(exact.texts).toHaveLength(10);
    },
  );

  it("holds each country's cap for any number of parallel starts", async () => {
    const { world, texts } = await spend({ COUNTRY_CAPS: "US:3/1d,DE:7/1d,*:2/1d" });
    const countries = texts.map(({ form }) => form.To?.slice(0, 3));
    const caps = { "+12": 3, "+44": 2, "+49": 7, "+33": 2, "+91": 2 };
    for (const [prefix, cap] of Object.entries(caps))
      expect(countries.filter((each) => each === prefix)).toHaveLength(cap);
    expect(await arrived(world, manyNumbers)).toBe(16);
  });
});
