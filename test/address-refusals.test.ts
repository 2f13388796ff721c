import { reset } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { engines, from, kindOf } from "./helpers/racing.ts";
import { interceptedBindings } from "./helpers/recorder.ts";
import { createWorld, start, wrong, type World } from "./helpers/world.ts";

const to = "+12015550123";
const minuteMs = 60_000;

afterEach(reset);

const check = (world: World, id: string, code: string, index = 1) =>
  world.post(`/v1/verifications/${id}/check`, { code }, from(index));

describe.each(engines)("an address over its window, engine $engine", ({ engine, env }) => {
  it("checks nothing, and reaches no store from its second refusal on", async () => {
    const names: string[] = [];
    const bindings = interceptedBindings(({ name, run }) => {
      names.push(name);
      return run();
    });
    const world = await createWorld({ env: { ...env, LIMIT_CHECK_PER_IP: "1/1h", ...bindings } });
    const { id, code } = await start(world, to);
    expect(await kindOf(await check(world, id, wrong(code)))).toBe("422 wrong_code");
    expect(await kindOf(await check(world, id, wrong(code)))).toBe("429 rate_limited");
    names.length = 0;
    for (let count = 0; count < 5; count += 1) {
      const answer = await check(world, id, code);
      expect(answer.headers.get("RateLimit-Policy")).toBe('"check-per-address-3600s";q=1;w=3600');
      expect(await kindOf(answer)).toBe("429 rate_limited");
    }
    expect(names).toEqual([]);
    expect(await kindOf(await check(world, id, code, 2))).toBe("200");
    world.clock.nowMs += 61 * minuteMs;
    expect((await check(world, id, code)).status).toBe(410);
  });

  if (engine === "verify")
    it("gives back the attempt that it has begun: nobody has judged it", async () => {
      const world = await createWorld({ env: { ...env, LIMIT_CHECK_PER_IP: "1/1h" } });
      const { id, code } = await start(world, to);
      expect(await kindOf(await check(world, id, wrong(code)))).toBe("422 wrong_code");
      expect(await kindOf(await check(world, id, wrong(code)))).toBe("429 rate_limited");
      const view = await world.send(`/v1/verifications/${id}`);
      expect(await view.json()).toMatchObject({ status: "pending", attempts_remaining: 4 });
    });

  it("hears of its window, not of a day that is spent", async () => {
    const limits = { LIMIT_SEND_PER_IP: "1/1h", LIMIT_SEND_TOTAL: "1/1d" };
    const world = await createWorld({ env: { ...env, ...limits } });
    await start(world, to);
    const refused = await world.post("/v1/verifications", { to: "+12015550124" });
    expect(refused.headers.get("RateLimit-Policy")).toBe('"send-per-address-3600s";q=1;w=3600');
    expect(await kindOf(refused)).toBe("429 rate_limited");
    const other = await world.post("/v1/verifications", { to: "+12015550124" }, from(1));
    expect(await kindOf(other)).toBe("503 send_budget_exhausted");
  });
});
