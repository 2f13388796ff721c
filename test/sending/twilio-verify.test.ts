import { describe, expect, it } from "vitest";
import { kindOf } from "../helpers/racing.ts";
import { createWorld, start, wrong, type World } from "../helpers/world.ts";

const to = "+12015550123";

/** A world in which Twilio's answers are changed while `change` is set. */
async function lyingWorld() {
  const state: { change?: Record<string, unknown> } = {};
  const world = await createWorld({
    // High limits, so that only a lock refuses.
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

describe("an answer about another resource", () => {
  const others = {
    sid: { sid: `VE${"0".repeat(32)}` },
    service_sid: { service_sid: `VA${"0".repeat(32)}` },
  };

  it.each(Object.entries(others))("(its %s) approves no verification", async (_, change) => {
    const { world, state } = await lyingWorld();
    const { id, code } = await start(world, to);
    state.change = change;
    expect(await kindOf(await check(world, id, code))).toBe("502 provider_bad_response");
    delete state.change;
    expect(await statusOf(world, id)).toBe("pending");
  });

  it("(its service_sid) does not count as a send", async () => {
    const { world, state } = await lyingWorld();
    state.change = others.service_sid;
    const answer = await world.post("/v1/verifications", { to });
    expect(await kindOf(answer)).toBe("502 provider_bad_response");
  });

  it.each(Object.entries(others))("(its %s) cancels nothing", async (_, change) => {
    const { world, state } = await lyingWorld();
    const { id } = await start(world, to);
    await world.send(`/v1/verifications/${id}`, { method: "DELETE" });
    state.change = change;
    expect(await kindOf(await world.post("/v1/verifications", { to }))).toBe(
      "503 provider_unavailable",
    );
    delete state.change;
    await start(world, to);
    const asked = world.outgoing.map(({ form }) => form.Status ?? form.Channel);
    expect(asked).toEqual(["sms", "canceled", "canceled", "sms"]);
  });
});

describe("a send that Twilio answers with a date_created", () => {
  const second = 1000;
  const minute = 60 * second;

  it.each([
    ["ten minutes old", -10 * minute],
    ["of years ago", -3650 * 24 * 60 * minute],
    ["two minutes ahead", 2 * minute],
    ["of the end of time", 8.64e15 - minute - Date.parse("2035-01-02T03:04:05Z")],
  ])("%s is 502 at a start and at a resend, and the caller gets no lifetime", async (_, offMs) => {
    const { world, state } = await lyingWorld();
    const lie = () => {
      state.change = { date_created: new Date(world.clock.nowMs + offMs).toISOString() };
    };
    const { id, code, expiresAt } = await start(world, to);
    world.clock.nowMs += 31 * second;
    lie();
    const resent = await world.post(`/v1/verifications/${id}/resend`, {});
    expect(await kindOf(resent)).toBe("502 provider_bad_response");
    const other = await world.post("/v1/verifications", { to: "+12015550124" });
    expect(await kindOf(other)).toBe("502 provider_bad_response");
    delete state.change;
    const view = await world.send(`/v1/verifications/${id}`);
    expect(await view.json()).toMatchObject({ status: "pending", expires_at: expiresAt });
    expect(await kindOf(await check(world, id, code))).toBe("200");
  });

  it.each([-9 * minute, -1, 30 * second])("%d ms from now is accepted", async (offMs) => {
    const { world, state } = await lyingWorld();
    const created = new Date(world.clock.nowMs + offMs).toISOString();
    state.change = { date_created: created };
    const answer = await world.post("/v1/verifications", { to });
    expect(answer.status).toBe(201);
    const { expires_at } = await answer.json<{ expires_at: string }>();
    expect(Date.parse(expires_at)).toBe(Date.parse(created) + 10 * minute);
  });
});

describe("a cancel that Twilio answers 200", () => {
  it.each(["pending", "approved", "expired"])(
    "with the status %s has failed: nothing is sent, and the next start cancels first",
    async (status) => {
      const { world, state } = await lyingWorld();
      const { id } = await start(world, to);
      await world.send(`/v1/verifications/${id}`, { method: "DELETE" });
      state.change = { status };
      expect(await kindOf(await world.post("/v1/verifications", { to }))).toBe(
        "503 provider_unavailable",
      );
      delete state.change;
      await start(world, to);
      const asked = world.outgoing.map(({ form }) => form.Status ?? form.Channel);
      expect(asked).toEqual(["sms", "canceled", "canceled", "sms"]);
    },
  );
});
