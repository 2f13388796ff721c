import { describe, expect, it } from "vitest";
import { logged } from "./helpers/guard.ts";
import { engines, from, kindOf } from "./helpers/racing.ts";
import { interceptedBindings } from "./helpers/recorder.ts";
import { createWorld, start, wrong, type World } from "./helpers/world.ts";

const to = "+12015550123";
const minuteMs = 60_000;

const check = (world: World, id: string, code: string, index = 1) =>
  world.post(`/v1/verifications/${id}/check`, { code }, from(index));

describe.each(engines)("an address over its window, engine $engine", ({ env }) => {
  it("gets the verdict of the check that passes the window; its later checks reach no store", async () => {
    const names: string[] = [];
    const bindings = interceptedBindings(({ name, run }) => {
      names.push(name);
      return run();
    });
    const world = await createWorld({ env: { ...env, LIMIT_CHECK_PER_IP: "1/1h", ...bindings } });
    const { id, code } = await start(world, to);
    for (const attempts_remaining of [4, 3]) {
      const told = await check(world, id, wrong(code));
      expect(await told.json()).toMatchObject({ code: "wrong_code", attempts_remaining });
    }
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

  it("gets its session if the check that passes the window has the right code", async () => {
    const world = await createWorld({ env: { ...env, LIMIT_CHECK_PER_IP: "1/1h" } });
    const { id, code } = await start(world, to);
    await check(world, id, wrong(code));
    expect(await kindOf(await check(world, id, code))).toBe("200");
  });

  it("loses no attempt to a check that is refused", async () => {
    const world = await createWorld({ env: { ...env, LIMIT_CHECK_PER_IP: "1/1h" } });
    const { id, code } = await start(world, to);
    for (let tries = 0; tries < 5; tries += 1) await check(world, id, wrong(code));
    const view = await world.send(`/v1/verifications/${id}`);
    expect(await view.json()).toMatchObject({ status: "pending", attempts_remaining: 3 });
  });

  it("does not keep wrong codes out of the world-wide count", async () => {
    const limits = { LIMIT_CHECK_PER_IP: "1/1h", GUARD_FAILED_CHECKS: "least:10" };
    const world = await createWorld({ env: { ...env, ...limits } });
    for (let index = 0; index < 5; index += 1) {
      expect(logged(world, "guard.failed_checks")).toEqual([]);
      const { id, code } = await start(world, `+1201555010${index}`);
      for (let tries = 0; tries < 3; tries += 1) await check(world, id, wrong(code), index);
    }
    expect(logged(world, "guard.failed_checks")).toMatchObject([{ level: "alert" }]);
  });

  it("is refused by its window, also on a day whose budget is spent", async () => {
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
