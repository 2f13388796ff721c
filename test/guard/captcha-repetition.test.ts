import { expect, it } from "vitest";
import { TWIN_TURNSTILE_SECRET, TWIN_TURNSTILE_SITE_KEY } from "../../src/twin/seed.ts";
import { kindOf } from "../helpers/racing.ts";
import { createWorld, twinOrigin } from "../helpers/world.ts";

const to = "+12015550123";
const captcha = {
  TURNSTILE: "always",
  TURNSTILE_SITE_KEY: TWIN_TURNSTILE_SITE_KEY,
  TURNSTILE_SECRET: TWIN_TURNSTILE_SECRET,
  TURNSTILE_BASE_URL: twinOrigin,
};
const captcha_token = "twin-once-1?action=sign_in&hostname=127.0.0.1";

it("a retry with the same Idempotency-Key passes with its used captcha, and nothing is sent", async () => {
  const world = await createWorld({ env: captcha });
  const key = { "Idempotency-Key": crypto.randomUUID() };
  const first = await world.post("/v1/verifications", { to, captcha_token }, key);
  const again = await world.post("/v1/verifications", { to, captcha_token }, key);
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(await again.json()).toEqual(await first.json());
  expect(await world.inbox(to)).toHaveLength(1);
});

it("the same captcha is not accepted for another request: not for another number, another key or no key", async () => {
  const world = await createWorld({ env: captcha });
  const key = { "Idempotency-Key": crypto.randomUUID() };
  const first = await world.post("/v1/verifications", { to, captcha_token }, key);
  expect(first.status).toBe(201);
  const other = { to: "+12015550124", captcha_token };
  for (const answer of [
    await world.post("/v1/verifications", other, key),
    await world.post(
      "/v1/verifications",
      { to, captcha_token },
      { "Idempotency-Key": crypto.randomUUID() },
    ),
    await world.post("/v1/verifications", { to, captcha_token }),
  ])
    expect(await kindOf(answer)).toBe("403 captcha_failed");
});
