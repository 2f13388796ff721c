import { describe, expect, it } from "vitest";
import { asBackend, bankKey, createBackendWorld } from "../helpers/backend.ts";
import { allFailures, failing, failures } from "../helpers/failing.ts";
import {
  decisions,
  fill,
  guarded,
  logged,
  numberOf,
  solved,
  spreadOver,
  startFrom,
  turnstile,
  watchedWorld,
} from "../helpers/guard.ts";
import { kindOf, textsAskedFor } from "../helpers/racing.ts";
import { recordedWorld } from "../helpers/recorder.ts";
import { createWorld, start, wrong } from "../helpers/world.ts";

const to = "+12015550123";
const always = turnstile("always");
const risky = turnstile("risky");

/** A rate-limiting binding that allows, refuses or fails. */
function floodGate(answer: () => Promise<{ success: boolean }>) {
  const keys: string[] = [];
  const limit = ({ key }: { key: string }) => {
    keys.push(key);
    return answer();
  };
  return { keys, FLOOD: { limit } };
}
const refusing = () => floodGate(async () => ({ success: false }));
const letting = () => floodGate(async () => ({ success: true }));

describe("the order of the checks on a start", () => {
  /** All checks would refuse. Each step removes the first one. */
  it("is the number itself, the flood, the captcha, the address, the day, the breaker, the line", async () => {
    const flood = refusing();
    const env = {
      ...always,
      GUARD_RULES: "prefix:refuse",
      FLOOD: flood.FLOOD,
      ALLOWED_COUNTRIES: "US",
      LOOKUP: "on",
      LIMIT_SEND_TOTAL: "4/1d",
      LIMIT_SEND_PER_IP: "1/1h",
    };
    const { world, calls } = await watchedWorld(env);
    const open = letting().FLOOD;
    const setFlood = (FLOOD: object) => Object.assign(world.settings, { FLOOD });
    setFlood(open);
    await fill(world, numberOf, { captcha_token: solved() });
    calls.length = 0;
    // This address has used its one send.
    const ask = (number: string, token?: string, index = 100) =>
      startFrom(world, index, number, { ...(token && { captcha_token: token }) }).then(kindOf);
    setFlood(flood.FLOOD);
    expect(await ask("+447400123456", "twin-fail")).toBe("422 unsupported_country");
    expect(await ask("+19002345678", "twin-fail")).toBe("422 unsupported_number_type");
    expect(await ask("+1201", "twin-fail")).toBe("422 invalid_phone_number");
    expect(flood.keys).toEqual([]);
    expect(await ask("+12015550150", "twin-fail")).toBe("429 rate_limited");
    expect(flood.keys).toHaveLength(1);
    expect(calls).toEqual([]);
    setFlood(open);
    expect(await ask("+12015550150", "twin-fail")).toBe("403 captcha_failed");
    expect(calls).toEqual(["turnstile"]);
    const overWindow = await startFrom(world, 100, "+12015550150", { captcha_token: solved() });
    expect(await overWindow.json()).toMatchObject({ policy: "send-per-address-3600s" });
    expect(await ask("+12015550150", solved(), 1)).toBe("429 rate_limited");
    expect(calls).not.toContain("lookup");
    // The line is checked last, for a number whose prefix is not full.
    world.clock.nowMs += 60 * 60 * 1000;
    expect(await ask("+12015550150", solved(), 2)).toBe("422 channel_unavailable");
    // Its reservation was released, so the day's last send is possible.
    expect(await ask(spreadOver(0), solved(), 3)).toBe("201");
    expect(await ask(numberOf(9), solved(), 4)).toBe("503 send_budget_exhausted");
    expect(textsAskedFor(world)).toHaveLength(4);
  });

  it("makes an address over its window give its reservation back, and not ask the stores again", async () => {
    const limits = { LIMIT_SEND_PER_PHONE: "1/1d", LIMIT_SEND_TOTAL: "2/1d" };
    const { world, calls } = await watchedWorld({
      ...risky,
      ...limits,
      LIMIT_SEND_PER_IP: "1/1h",
    });
    expect((await startFrom(world, 0, spreadOver(0))).status).toBe(201);
    expect((await startFrom(world, 0, to)).status).toBe(429);
    expect(decisions(world).at(-1)).toMatchObject({ verdict: "refuse" });
    calls.length = 0;
    expect((await startFrom(world, 0, to)).status).toBe(429);
    expect(calls).toEqual([]);
    expect((await startFrom(world, 1, to)).status).toBe(201);
  });
});

describe("the hops of a start", () => {
  const background = [
    "LIMITS.put",
    "PHONE_LEDGER.settleSend",
    "PHONE_LEDGER.rememberPhoneLine",
    "SEND_BUDGET.settle",
    "SEND_BUDGET.checked",
    "twilio.feedback",
  ];
  /** Names each call by its kind. The three calls of the first hop are parallel. */
  const hops = (chain: readonly string[]) =>
    chain.map((name) => (/^(LIMITS|PHONE_LEDGER|SEND_BUDGET)\./.test(name) ? "stores" : name));

  async function chainOf(env: Record<string, unknown>, body: object, before: string[] = []) {
    const { world, recorder, send } = await recordedWorld({ inBackground: background, env });
    for (const number of before) await startFrom(world, 7, number);
    const post = (request: object) =>
      send("/v1/verifications", { method: "POST", body: JSON.stringify({ to, ...request }) });
    expect((await post(body)).status).toBe(201);
    return { world, recorder, post, chain: hops(recorder.longestChain()) };
  }

  it("are the stores and Twilio without further rules", async () => {
    const { chain } = await chainOf(risky, {});
    expect(chain).toEqual(["stores", "twilio.send"]);
  });

  it("include one more with a captcha, before the stores", async () => {
    const { chain } = await chainOf(always, { captcha_token: solved() });
    expect(chain).toEqual(["turnstile.siteverify", "stores", "twilio.send"]);
  });

  it("include one more call to Twilio with Lookup, but not again for the same number", async () => {
    const { chain, recorder, post } = await chainOf({ ...guarded, LOOKUP: "on" }, {});
    expect(chain).toEqual(["stores", "twilio.lookup", "twilio.send"]);
    expect((await post({})).status).toBe(201);
    expect(hops(recorder.longestChain())).toEqual(["stores", "twilio.send"]);
    expect(recorder.names()).not.toContain("twilio.lookup");
  });
});

describe("the flood gate", () => {
  it("refuses with 429 for a minute, and no store is called", async () => {
    const flood = refusing();
    const { world, calls } = await watchedWorld({ ...guarded, FLOOD: flood.FLOOD });
    const answer = await world.post("/v1/verifications", { to });
    expect(answer.headers.get("Retry-After")).toBe("60");
    expect(await kindOf(answer)).toBe("429 rate_limited");
    expect(calls).toEqual([]);
    expect(flood.keys).toEqual(["198.51.100.7"]);
    expect(decisions(world)).toMatchObject([
      {
        verdict: "refuse",
        rules: "flood:refuse",
        country: "US",
        to: "+1•••••0123",
        address: expect.stringMatching(/^[a-p]{24}$/),
      },
    ]);
    expect(world.lines.join()).not.toContain("198.51.100.7");
  });

  it("counts an IPv6 network as one address", async () => {
    const flood = letting();
    const world = await createWorld({ env: { ...guarded, FLOOD: flood.FLOOD } });
    for (const address of ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"])
      await world.post("/v1/verifications", { to }, { "CF-Connecting-IP": address });
    expect(flood.keys).toEqual(["2001:db8:1:2::/64", "2001:db8:1:2::/64"]);
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("down"))],
    [
      "throws at once",
      () => {
        throw new Error("down");
      },
    ],
  ])("that %s fails open, and is logged", async (_name, answer) => {
    const { FLOOD } = floodGate(answer);
    const world = await createWorld({ env: { ...guarded, FLOOD } });
    expect((await world.post("/v1/verifications", { to })).status).toBe(201);
    expect(logged(world, "store.failed")).toMatchObject([{ store: "flood" }]);
  });

  it.each([
    ["off", 0, ""],
    ["record", 1, "flood:record"],
  ])("with flood:%s allows the request", async (mode, asked, rules) => {
    const flood = refusing();
    const env = { ...guarded, FLOOD: flood.FLOOD, GUARD_RULES: `flood:${mode}` };
    const world = await createWorld({ env });
    expect((await world.post("/v1/verifications", { to })).status).toBe(201);
    expect(flood.keys).toHaveLength(asked);
    expect(decisions(world)).toMatchObject([{ verdict: "pass", rules }]);
  });

  it("does not apply to a service key, whose address is that of its backend", async () => {
    const flood = refusing();
    const world = await createBackendWorld({ ...guarded, FLOOD: flood.FLOOD });
    const answer = await world.post("/v1/verifications", { to }, asBackend(bankKey));
    expect(answer.status).toBe(201);
    expect(flood.keys).toEqual([]);
  });
});

describe("a store of the guard that fails", () => {
  it.each(allFailures)(
    "(%s) does not change the answer of a check that reports to the budget",
    async (how) => {
      const store = failing("SEND_BUDGET.checked", how);
      const world = await createWorld({ env: { ...guarded, ...store.bindings } });
      const { id, code } = await start(world, to);
      const check = (given: string) => world.post(`/v1/verifications/${id}/check`, { code: given });
      expect(await kindOf(await check(wrong(code)))).toBe("422 wrong_code");
      expect((await check(code)).status).toBe(200);
      // A failed check that is counted twice could require captchas too early.
      expect(store.calls()).toBe(2);
    },
  );

  it.each(allFailures)(
    "(%s) does not prevent a text whose line the ledger could not store",
    async (how) => {
      const store = failing("PHONE_LEDGER.rememberPhoneLine", how);
      const world = await createWorld({ env: { ...guarded, LOOKUP: "on", ...store.bindings } });
      expect((await startFrom(world, 1, to)).status).toBe(201);
      expect(store.calls()).toBe(failures[how].isTriedAgain ? 2 : 1);
      const { id } = await start(world, to);
      expect(id).toMatch(/^vrf_/);
    },
  );
});
