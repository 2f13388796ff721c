import {
  createExecutionContext,
  evictAllDurableObjects,
  reset,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  engines,
  from,
  inParallel,
  judgementsAskedFor,
  kindOf,
  leftToday,
  textsAskedFor,
} from "./helpers/racing.ts";
import { allFailures, failing, failures } from "./helpers/failing.ts";
import { interceptedBindings, turns, type Intercept } from "./helpers/recorder.ts";
import { createWorld, start, workerOrigin, wrong, type World } from "./helpers/world.ts";

const to = "+12015550123";
const another = "+12015550124";
const minuteMs = 60_000;
const leaseMs = 30_000;

const startFor = (world: World, number: string, headers: Record<string, string> = {}) =>
  world.post("/v1/verifications", { to: number }, headers);
const checkOf = (world: World, id: string, code: string) =>
  world.post(`/v1/verifications/${id}/check`, { code });

/** Small limits of number and day, so that a reservation which is not given back shows. */
const roomForOne = { LIMIT_SEND_PER_PHONE: "1/10m", LIMIT_SEND_TOTAL: "2/1d" };
const roomForTwo = { LIMIT_SEND_PER_PHONE: "2/10m", LIMIT_SEND_TOTAL: "3/1d" };

describe.each(engines)("engine $engine", ({ engine, env }) => {
  describe("a start whose ledger", () => {
    it.each(allFailures)("%s: 503, nothing is sent, the day's send is given back", async (how) => {
      const store = failing("PHONE_LEDGER.beginStart", how);
      const world = await createWorld({ env: { ...env, ...roomForOne, ...store.bindings } });
      expect(await kindOf(await startFor(world, to))).toBe("503 store_unavailable");
      expect(store.calls()).toBe(1);
      expect(textsAskedFor(world)).toHaveLength(0);
      store.mend();
      // A reservation whose answer was lost counts: the count may be too high, never too low.
      const lost = how === "does its work and loses the answer";
      expect((await startFor(world, to)).status).toBe(lost ? 429 : 201);
      expect(await leftToday(world)).toBe(lost ? 2 : 1);
    });
  });

  describe("a start whose budget", () => {
    it.each(allFailures)(
      "%s: 503, nothing is sent, the number's send is given back",
      async (how) => {
        const store = failing("SEND_BUDGET.reserve", how);
        const world = await createWorld({
          env: { ...env, LIMIT_SEND_PER_PHONE: "1/10m", ...store.bindings },
        });
        expect(await kindOf(await startFor(world, to))).toBe("503 store_unavailable");
        expect(store.calls()).toBe(failures[how].isTriedAgain ? 2 : 1);
        expect(textsAskedFor(world)).toHaveLength(0);
        store.mend();
        expect((await startFor(world, to)).status).toBe(201);
      },
    );

    it("fails once with a retryable error is called again by a new stub, and the send counts once", async () => {
      const store = failing("SEND_BUDGET.reserve", "is retryable", 1);
      const world = await createWorld({
        env: { ...env, LIMIT_SEND_TOTAL: "2/1d", ...store.bindings },
      });
      expect((await startFor(world, to)).status).toBe(201);
      expect((await startFor(world, another)).status).toBe(201);
      expect((await startFor(world, "+12015550125")).status).toBe(503);
    });
  });

  if (engine === "verify")
    describe("a start whose confirmation", () => {
      it.each(allFailures)("%s in the ledger: 201, one text, and its code works", async (how) => {
        const store = failing("PHONE_LEDGER.settleSend", how);
        const world = await createWorld({ env: { ...env, ...roomForOne, ...store.bindings } });
        const { id, code } = await start(world, to);
        expect(store.calls()).toBe(failures[how].isTriedAgain ? 2 : 1);
        expect(textsAskedFor(world)).toHaveLength(1);
        store.mend();
        world.clock.nowMs += minuteMs;
        expect((await startFor(world, to)).status).toBe(429);
        expect((await checkOf(world, id, code)).status).toBe(200);
      });

      it.each(allFailures)("%s in the budget: 201, one text, and it counts", async (how) => {
        const store = failing("SEND_BUDGET.settle", how);
        const world = await createWorld({ env: { ...env, ...roomForOne, ...store.bindings } });
        const { id, code } = await start(world, to);
        expect(store.calls()).toBe(failures[how].isTriedAgain ? 2 : 1);
        world.clock.nowMs += minuteMs;
        expect(await leftToday(world)).toBe(1);
        expect((await checkOf(world, id, code)).status).toBe(200);
      });

      it.each(["PHONE_LEDGER.settleSend", "SEND_BUDGET.settle"])(
        "of a refused send is lost by %s: it counts as sent",
        async (method) => {
          const store = failing(method, "rejects");
          const world = await createWorld({ env: { ...env, ...roomForOne, ...store.bindings } });
          await world.fault({ count: 1, status: 403, code: 60410 });
          expect((await startFor(world, to)).status).toBe(422);
          store.mend();
          world.clock.nowMs += minuteMs;
          const isLedger = method.startsWith("PHONE_LEDGER");
          expect((await startFor(world, to)).status).toBe(isLedger ? 429 : 201);
          expect(await leftToday(world)).toBe(isLedger ? 2 : 0);
        },
      );
    });

  if (engine === "verify")
    describe("a resend whose", () => {
      it.each(allFailures)(
        "ledger %s: 503, nothing is sent, the day's send is given back",
        async (how) => {
          const store = failing("PHONE_LEDGER.beginResend", how);
          const world = await createWorld({ env: { ...env, ...roomForTwo, ...store.bindings } });
          const { id, code } = await start(world, to);
          world.clock.nowMs += 31_000;
          const resend = () => world.post(`/v1/verifications/${id}/resend`, {});
          expect(await kindOf(await resend())).toBe("503 store_unavailable");
          expect(store.calls()).toBe(1);
          expect(textsAskedFor(world)).toHaveLength(1);
          store.mend();
          const lost = how === "does its work and loses the answer";
          expect((await resend()).status).toBe(lost ? 429 : 200);
          expect(await leftToday(world)).toBe(lost ? 2 : 1);
          // The lost conversation's lease ends.
          if (lost) world.clock.nowMs += leaseMs;
          expect((await checkOf(world, id, code)).status).toBe(200);
        },
      );

      it.each(allFailures)(
        "budget %s: 503, nothing is sent, it may be tried at once",
        async (how) => {
          const store = failing("SEND_BUDGET.reserve", how);
          store.mend();
          const world = await createWorld({
            env: { ...env, LIMIT_SEND_PER_PHONE: "2/10m", ...store.bindings },
          });
          const { id } = await start(world, to);
          world.clock.nowMs += 31_000;
          const down = failing("SEND_BUDGET.reserve", how);
          Object.assign(world.settings, down.bindings);
          const resend = () => world.post(`/v1/verifications/${id}/resend`, {});
          expect(await kindOf(await resend())).toBe("503 store_unavailable");
          expect(down.calls()).toBe(failures[how].isTriedAgain ? 2 : 1);
          expect(textsAskedFor(world)).toHaveLength(1);
          down.mend();
          expect((await resend()).status).toBe(200);
        },
      );
    });

  describe("a check whose ledger", () => {
    it.each(allFailures)(
      "%s before the code is judged: 503, no session, and no call of Twilio",
      async (how) => {
        const store = failing("PHONE_LEDGER.beginCheck", how);
        const world = await createWorld({ env: { ...env, ...store.bindings } });
        const { id, code } = await start(world, to);
        expect(await kindOf(await checkOf(world, id, code))).toBe("503 store_unavailable");
        expect(store.calls()).toBe(1);
        expect(judgementsAskedFor(world)).toHaveLength(0);
        store.mend();
        // The lost conversation's lease ends.
        if (engine === "verify" && failures[how].isDone) world.clock.nowMs += leaseMs;
        const isUsed = engine === "messaging" && failures[how].isDone;
        expect(await kindOf(await checkOf(world, id, code))).toBe(
          isUsed ? "410 verification_used" : "200",
        );
      },
    );
  });

  if (engine === "verify")
    describe("a check whose ledger, after Twilio's yes,", () => {
      it.each(allFailures)("%s: 503, and never a session", async (how) => {
        const store = failing("PHONE_LEDGER.settleCheck", how);
        const world = await createWorld({ env: { ...env, ...store.bindings } });
        const { id, code } = await start(world, to);
        expect(await kindOf(await checkOf(world, id, code))).toBe("503 store_unavailable");
        expect(store.calls()).toBe(failures[how].isTriedAgain ? 2 : 1);
        store.mend();
        // The lease has ended. Twilio no longer has the code, so the lost check may have been right.
        world.clock.nowMs += minuteMs;
        const isWrittenDown = failures[how].isDone;
        expect(await kindOf(await checkOf(world, id, code))).toBe(
          isWrittenDown ? "410 verification_used" : "503 provider_unavailable",
        );
        expect((await checkOf(world, id, code)).status).toBe(410);
      });

      it("fails once with a retryable error is settled again by a new stub, and the session is opened", async () => {
        const store = failing("PHONE_LEDGER.settleCheck", "is retryable", 1);
        const world = await createWorld({ env: { ...env, ...store.bindings } });
        const { id, code } = await start(world, to);
        expect((await checkOf(world, id, code)).status).toBe(200);
        expect(await kindOf(await checkOf(world, id, code))).toBe("410 verification_used");
      });

      it("has stored it and is settled again: the answer of the same session, once", async () => {
        const bindings = interceptedBindings(async ({ name, run }) => {
          if (name === "PHONE_LEDGER.settleCheck") await run();
          return run();
        });
        const world = await createWorld({ env: { ...env, ...bindings } });
        const { id, code } = await start(world, to);
        expect((await checkOf(world, id, code)).status).toBe(200);
        expect(await kindOf(await checkOf(world, id, code))).toBe("410 verification_used");
      });
    });

  if (engine === "verify")
    describe("a wrong code whose ledger, after Twilio's no,", () => {
      it.each(allFailures)("%s: 422, and the attempt stays counted", async (how) => {
        const store = failing("PHONE_LEDGER.settleCheck", how);
        const world = await createWorld({ env: { ...env, ...store.bindings } });
        const { id, code } = await start(world, to);
        expect(await kindOf(await checkOf(world, id, wrong(code)))).toBe("422 wrong_code");
        store.mend();
        world.clock.nowMs += minuteMs;
        const view = await world.send(`/v1/verifications/${id}`);
        expect(await view.json()).toMatchObject({ status: "pending", attempts_remaining: 4 });
        expect((await checkOf(world, id, code)).status).toBe(200);
      });
    });

  if (engine === "verify")
    describe("reading and canceling", () => {
      it.each([
        ["GET", "PHONE_LEDGER.read", 200],
        ["DELETE", "PHONE_LEDGER.cancel", 204],
      ] as const)(
        "%s answers 503 when the ledger fails, and tries a retryable failure again",
        async (verb, method, fine) => {
          for (const how of allFailures) {
            const store = failing(method, how);
            const world = await createWorld({ env: { ...env, ...store.bindings } });
            const { id } = await start(world, to);
            const ask = () => world.send(`/v1/verifications/${id}`, { method: verb });
            expect(await kindOf(await ask())).toBe("503 store_unavailable");
            expect(store.calls()).toBe(failures[how].isTriedAgain ? 2 : 1);
            store.mend();
            expect((await ask()).status).toBe(fine);
            await reset();
          }
          const store = failing(method, "is retryable", 1);
          const world = await createWorld({ env: { ...env, ...store.bindings } });
          const { id } = await start(world, to);
          const answer = await world.send(`/v1/verifications/${id}`, { method: verb });
          expect(answer.status).toBe(fine);
        },
      );
    });

  if (engine === "verify")
    describe("Workers KV that", () => {
      const broken: Record<string, Intercept> = {
        "rejects a read": ({ name, run }) =>
          name === "LIMITS.get" ? Promise.reject(new Error("KV is down")) : run(),
        "throws at a read": ({ name, run }) => {
          if (name === "LIMITS.get") throw new Error("KV is down");
          return run();
        },
        "rejects a write": ({ name, run }) =>
          name === "LIMITS.put" ? Promise.reject(new Error("KV is down")) : run(),
        "throws at a write": ({ name, run }) => {
          if (name === "LIMITS.put") throw new Error("KV is down");
          return run();
        },
        "has lost everything": ({ name, run }) =>
          name === "LIMITS.get" ? Promise.resolve(null) : run(),
        "holds what we never wrote": ({ name, run }) =>
          name === "LIMITS.get" ? Promise.resolve({ send: "yesterday", check: [] }) : run(),
      };

      it.each(Object.keys(broken))(
        "%s lets requests pass, and the strict limits hold",
        async (how) => {
          const bindings = interceptedBindings(broken[how] ?? (({ run }) => run()));
          const limits = { LIMIT_SEND_PER_IP: "1/1h", LIMIT_SEND_PER_PHONE: "3/10m" };
          const world = await createWorld({ env: { ...env, ...limits, ...bindings } });
          const { id, code } = await start(world, to);
          const answers = await inParallel(10, () => startFor(world, to));
          expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
          expect(textsAskedFor(world)).toHaveLength(3);
          expect((await checkOf(world, id, wrong(code))).status).toBe(422);
          expect((await checkOf(world, id, code)).status).toBe(200);
          if (how.startsWith("rejects") || how.startsWith("throws"))
            expect(world.lines.some((line) => line.includes("store.failed"))).toBe(true);
        },
      );
    });

  describe("Twilio that", () => {
    /** Each does its work and then answers with something invalid. */
    const lies: Record<string, (answer: Response) => Response | Promise<Response>> = {
      "breaks the connection": () => Promise.reject(new TypeError("connection lost")),
      "answers 500": () => new Response("{}", { status: 500 }),
      "answers HTML": () => new Response("<html></html>", { status: 200 }),
      "breaks off its JSON": () => new Response('{"sid":"VE', { status: 201 }),
      "answers nothing": () => new Response(null, { status: 204 }),
      redirects: () => new Response(null, { status: 302, headers: { Location: "/elsewhere" } }),
      "answers 50 MB": () => new Response(new Uint8Array(50_000_000), { status: 200 }),
      "speaks of another number": async (answer) =>
        new Response((await answer.text()).replaceAll(to, another), { status: answer.status }),
      "answers an array": () => new Response("[]", { status: 200 }),
    };
    const lyingWorld = (how: string) => {
      const state = { lies: false };
      const network = async (request: Request, twin: typeof fetch) => {
        const answer = await twin(request);
        return state.lies ? ((await lies[how]?.(answer)) ?? answer) : answer;
      };
      return createWorld({ env: { ...env, ...roomForTwo }, network }).then((world) => ({
        world,
        state,
      }));
    };

    it.each(Object.keys(lies))(
      "%s at a start: 5xx, one text at most, and it counts",
      async (how) => {
        const { world, state } = await lyingWorld(how);
        state.lies = true;
        expect((await startFor(world, to)).status).toBeGreaterThanOrEqual(502);
        expect(textsAskedFor(world)).toHaveLength(1);
        expect(await world.inbox(to)).toHaveLength(1);
        state.lies = false;
        expect(await leftToday(world)).toBe(2);
      },
    );

    it.each(Object.keys(lies))(
      "%s at a resend: 5xx, one text at most, the code stays good",
      async (how) => {
        const { world, state } = await lyingWorld(how);
        const { id, code } = await start(world, to);
        world.clock.nowMs += 31_000;
        state.lies = true;
        const answer = await world.post(`/v1/verifications/${id}/resend`, {});
        expect(answer.status).toBeGreaterThanOrEqual(502);
        expect(textsAskedFor(world)).toHaveLength(2);
        state.lies = false;
        expect(await leftToday(world)).toBe(1);
        expect((await checkOf(world, id, code)).status).toBe(200);
      },
    );

    const lost = ["breaks the connection", "answers HTML", "speaks of another number", "redirects"];
    if (engine === "verify")
      it.each(lost)("%s for a check of the right code: no session, now or later", async (how) => {
        const { world, state } = await lyingWorld(how);
        const { id, code } = await start(world, to);
        state.lies = true;
        expect((await checkOf(world, id, code)).status).toBeGreaterThanOrEqual(502);
        const view = await world.send(`/v1/verifications/${id}`);
        expect(await view.json()).toMatchObject({ status: "pending", attempts_remaining: 4 });
        state.lies = false;
        for (let tries = 0; tries < 2; tries += 1)
          expect((await checkOf(world, id, code)).ok).toBe(false);
        const later = await world.send(`/v1/verifications/${id}`);
        expect(await later.json()).not.toMatchObject({ status: "approved" });
      });

    if (engine === "messaging")
      it("fails does not affect the check of a code of our own", async () => {
        const { world, state } = await lyingWorld("breaks the connection");
        const { id, code } = await start(world, to);
        state.lies = true;
        expect(await kindOf(await checkOf(world, id, wrong(code)))).toBe("422 wrong_code");
        expect((await checkOf(world, id, code)).status).toBe(200);
      });

    it.each(["breaks the connection", "answers HTML"])(
      "%s at a DELETE: 204, and the code is dead",
      async (how) => {
        const { world, state } = await lyingWorld(how);
        const { id, code } = await start(world, to);
        state.lies = true;
        const path = `/v1/verifications/${id}`;
        expect((await world.send(path, { method: "DELETE" })).status).toBe(204);
        state.lies = false;
        expect(await kindOf(await checkOf(world, id, code))).toBe("410 verification_canceled");
      },
    );
  });

  describe("an object that is evicted", () => {
    it("between start and check keeps the verification", async () => {
      const world = await createWorld({ env: { ...env, LIMIT_SEND_PER_PHONE: "1/10m" } });
      const { id, code } = await start(world, to);
      expect((await checkOf(world, id, wrong(code))).status).toBe(422);
      await evictAllDurableObjects();
      expect((await startFor(world, to)).status).toBe(429);
      const view = await world.send(`/v1/verifications/${id}`);
      expect(await view.json()).toMatchObject({ attempts_remaining: 4 });
      await evictAllDurableObjects();
      expect((await checkOf(world, id, code)).status).toBe(200);
      await evictAllDurableObjects();
      expect(await kindOf(await checkOf(world, id, code))).toBe("410 verification_used");
    });

    it("before each of five wrong codes still counts all five", async () => {
      const world = await createWorld({ env });
      const { id, code } = await start(world, to);
      for (let count = 0; count < 5; count += 1) {
        await evictAllDurableObjects();
        await checkOf(world, id, wrong(code));
      }
      await evictAllDurableObjects();
      expect(await kindOf(await checkOf(world, id, code))).toBe("410 verification_exhausted");
    });

    it("between reservation and settlement counts the send once", async () => {
      const world = await createWorld({
        env: { ...env, ...roomForTwo },
        network: async (request, twin) => {
          await evictAllDurableObjects();
          return twin(request);
        },
      });
      const { id, code } = await start(world, to);
      await evictAllDurableObjects();
      expect((await startFor(world, to)).status).toBe(201);
      expect((await startFor(world, to)).status).toBe(429);
      expect(await leftToday(world)).toBe(1);
      expect((await checkOf(world, id, code)).status).toBe(200);
    });

    it("between reservation and refusal gives the send back", async () => {
      const world = await createWorld({
        env: { ...env, ...roomForOne },
        network: async (request, twin) => {
          await evictAllDurableObjects();
          return twin(request);
        },
      });
      await world.fault({ count: 1, status: 403, code: 60410 });
      expect((await startFor(world, to)).status).toBe(422);
      expect((await startFor(world, to)).status).toBe(201);
      expect((await startFor(world, to)).status).toBe(429);
      expect(await leftToday(world)).toBe(1);
    });
  });

  if (engine === "verify")
    describe("an address over its window", () => {
      it("that starts for a victim's number again and again uses none of the victim's sends, and reaches no store from its second refusal on", async () => {
        const names: string[] = [];
        const bindings = interceptedBindings(({ name, run }) => {
          names.push(name);
          return run();
        });
        const limits = { LIMIT_SEND_PER_IP: "2/1h", LIMIT_SEND_PER_PHONE: "2/10m" };
        const world = await createWorld({ env: { ...env, ...limits, ...bindings } });
        for (const number of [another, "+12015550125"])
          expect((await startFor(world, number, from(1))).status).toBe(201);
        expect(await kindOf(await startFor(world, to, from(1)))).toBe("429 rate_limited");
        names.length = 0;
        for (let count = 0; count < 20; count += 1)
          expect((await startFor(world, to, from(1))).status).toBe(429);
        expect(names).toEqual([]);
        expect((await startFor(world, to, from(2))).status).toBe(201);
        expect((await startFor(world, to, from(3))).status).toBe(201);
        world.clock.nowMs += 61 * minuteMs;
        expect((await startFor(world, to, from(1))).status).toBe(201);
      });

      it("resends nothing and reaches no store from its second refusal on", async () => {
        const names: string[] = [];
        const bindings = interceptedBindings(({ name, run }) => {
          names.push(name);
          return run();
        });
        const world = await createWorld({
          env: { ...env, LIMIT_SEND_PER_IP: "1/1h", ...bindings },
        });
        const { id } = await start(world, to);
        world.clock.nowMs += 31_000;
        const path = `/v1/verifications/${id}/resend`;
        expect((await world.post(path, {})).status).toBe(429);
        names.length = 0;
        expect((await world.post(path, {})).status).toBe(429);
        expect(names).toEqual([]);
        expect((await world.post(path, {}, from(1))).status).toBe(200);
      });
    });
});

describe("a client that hangs up", () => {
  /** A world in which one kind of call waits until it is released, and the promises given to `waitUntil`. */
  async function hangUp(request: (world: World) => Promise<Request>, held = "twilio") {
    const [asking, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const order: string[] = [];
    let isHeld = false;
    const hold = async (name: string) => {
      if (!isHeld) return;
      order.push(name);
      if (name !== held) return;
      asking.resolve();
      await gate.promise;
    };
    const bindings = interceptedBindings(async ({ name, run }) => {
      await hold(name);
      return run();
    });
    const world = await createWorld({
      env: bindings,
      network: async (asked, twin) => {
        await hold("twilio");
        return twin(asked);
      },
    });
    const asked = await request(world);
    isHeld = true;
    const context = createExecutionContext();
    const given: Promise<unknown>[] = [];
    const waitUntil = context.waitUntil.bind(context);
    context.waitUntil = (work: Promise<unknown>) => {
      order.push("waitUntil");
      given.push(work);
      waitUntil(work);
    };
    // The client has disconnected, so the answer is not awaited.
    void world.app.fetch(asked, world.settings, context);
    await asking.promise;
    const finish = async () => {
      gate.resolve();
      await waitOnExecutionContext(context);
    };
    return { world, order, given, finish };
  }

  const request = (path: string, body?: unknown, method = "POST") =>
    new Request(`${workerOrigin}${path}`, {
      method,
      headers: { "Content-Type": "application/json", "CF-Connecting-IP": "198.51.100.7" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  /** Whether the promise is still pending. */
  async function isPending(work: Promise<unknown> | undefined): Promise<boolean> {
    const first = await Promise.race([work, turns(20).then(() => "pending")]);
    return first === "pending";
  }

  it("after a start does not lose its settlement: the whole use case was given to waitUntil first", async () => {
    const { world, order, given, finish } = await hangUp(async () =>
      request("/v1/verifications", { to }),
    );
    expect(order[0]).toBe("waitUntil");
    expect(await isPending(given[0])).toBe(true);
    await finish();
    expect(order).toContain("PHONE_LEDGER.settleSend");
    expect(await world.inbox(to)).toHaveLength(1);
  });

  it("after a resend does not lose its settlement", async () => {
    const { world, order, given, finish } = await hangUp(async (before) => {
      const { id } = await start(before, to);
      before.clock.nowMs += 31_000;
      return request(`/v1/verifications/${id}/resend`, {});
    });
    expect(order[0]).toBe("waitUntil");
    expect(await isPending(given[0])).toBe(true);
    await finish();
    expect(order).toContain("PHONE_LEDGER.settleSend");
    expect(await world.inbox(to)).toHaveLength(2);
  });

  it("after a check has still used the code up", async () => {
    let path = "";
    const { world, order, given, finish } = await hangUp(async (before) => {
      const { id, code } = await start(before, to);
      path = `/v1/verifications/${id}`;
      return request(`${path}/check`, { code });
    });
    expect(order[0]).toBe("waitUntil");
    expect(await isPending(given[0])).toBe(true);
    await finish();
    expect(order).toContain("PHONE_LEDGER.settleCheck");
    expect(await (await world.send(path)).json()).toMatchObject({ status: "approved" });
  });

  it("after a DELETE has still ended the verification", async () => {
    let path = "";
    const { world, order, given, finish } = await hangUp(async (before) => {
      const { id } = await start(before, to);
      path = `/v1/verifications/${id}`;
      return request(path, undefined, "DELETE");
    }, "PHONE_LEDGER.cancel");
    expect(order[0]).toBe("waitUntil");
    expect(await isPending(given[0])).toBe(true);
    await finish();
    expect(await (await world.send(path)).json()).toMatchObject({ status: "canceled" });
  });
});

describe("the test doubles of failing stores", () => {
  it("pass every call through while no failure is set", async () => {
    const store = failing("PHONE_LEDGER.read", "rejects", 0);
    expect(store.bindings.LIMITS).not.toBe(testEnv.LIMITS);
    const world = await createWorld({ env: store.bindings });
    const { id, code } = await start(world, to);
    expect((await world.send(`/v1/verifications/${id}`)).status).toBe(200);
    expect((await checkOf(world, id, code)).status).toBe(200);
  });
});
