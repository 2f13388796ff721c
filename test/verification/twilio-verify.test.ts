import { reset } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { kindOf } from "../helpers/racing.ts";
import { createWorld, start, wrong, type World } from "../helpers/world.ts";

const to = "+12015550123";

afterEach(reset);

/** A world in which Twilio's own answers are changed on their way, as long as there is a change. */
async function lyingWorld() {
  const state: { change?: Record<string, unknown> } = {};
  const world = await createWorld({
    // So wide that a lock alone refuses.
    env: { LIMIT_SEND_PER_PHONE: "100/10m" },
    network: async (request, twin) => {
      const answer = await twin(request);
      if (state.change === undefined) return answer;
      const body = { ...(await answer.json<Record<string, unknown>>()), ...state.change };
      return Response.json(body, { status: answer.status });
    },
  });
  return { world, state };
}

const check = (world: World, id: string, code: string) =>
  world.post(`/v1/verifications/${id}/check`, { code });
async function statusOf(world: World, id: string) {
  const view = await world.send(`/v1/verifications/${id}`);
  return (await view.json<{ status: string }>()).status;
}

describe("a check that Twilio answers with the status", () => {
  it.each([
    ["max_attempts_reached", "verification_exhausted", "exhausted"],
    ["canceled", "verification_canceled", "canceled"],
    ["failed", "verification_canceled", "canceled"],
    ["expired", "verification_expired", "expired"],
    ["deleted", "verification_expired", "expired"],
  ])("%s is 410 %s, and so is every check after it", async (status, problem, ended) => {
    const { world, state } = await lyingWorld();
    const { id, code } = await start(world, to);
    state.change = { status, valid: false };
    expect(await kindOf(await check(world, id, wrong(code)))).toBe(`410 ${problem}`);
    delete state.change;
    expect(await statusOf(world, id)).toBe(ended);
    expect(await kindOf(await check(world, id, code))).toBe(`410 ${problem}`);
  });

  it("max_attempts_reached counts as a wrong code: ten of them lock", async () => {
    const { world, state } = await lyingWorld();
    for (let round = 0; round < 10; round += 1) {
      const { id, code } = await start(world, to);
      state.change = { status: "max_attempts_reached", valid: false };
      await check(world, id, wrong(code));
      delete state.change;
      world.clock.nowMs += 10 * 60_000;
    }
    const { id, code } = await start(world, "+12015550124");
    expect(await kindOf(await check(world, id, code))).toBe("200");
    expect(await kindOf(await world.post("/v1/verifications", { to }))).toBe("429 rate_limited");
  });
});
