import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { allow, hookedWorld, refuse, sendHook, sessionHook } from "../helpers/hooks.ts";
import { kindOf } from "../helpers/racing.ts";
import type { Session } from "../helpers/session.ts";
import type { World } from "../helpers/world.ts";

const to = "+12015550199";
const code = "424242";
const TEST_NUMBERS = `${to}:${code}@2035-01-31`;

async function signIn(world: World): Promise<Response> {
  const started = await world.post("/v1/verifications", { to });
  expect(started.status).toBe(201);
  const { id } = await started.json<{ id: string }>();
  return world.post(`/v1/verifications/${id}/check`, { code });
}

describe("the hooks of a test number", () => {
  it.each(["tell", "hide"])(
    "the send hook is not asked, since nothing is sent: HOOK_REFUSAL=%s",
    async (HOOK_REFUSAL) => {
      const settings = { ...sendHook, HOOK_REFUSAL, TEST_NUMBERS };
      const { world, asked } = await hookedWorld(settings, refuse);
      expect((await signIn(world)).status).toBe(200);
      expect(asked).toEqual([]);
    },
  );

  it("the session hook is asked, and told that it is a test number", async () => {
    const { world, questions } = await hookedWorld({ ...sessionHook, TEST_NUMBERS }, allow);
    const { access_token } = await (await signIn(world)).json<Session>();
    expect(questions.map(({ data }) => data)).toEqual([
      { phone_number: to, channel: "sms", test: true },
    ]);
    expect(decodeJwt(access_token)).toMatchObject({ test: true });
  });

  it("the session hook may refuse it", async () => {
    const { world } = await hookedWorld({ ...sessionHook, TEST_NUMBERS }, refuse);
    expect(await kindOf(await signIn(world))).toBe("403 not_allowed");
  });
});
