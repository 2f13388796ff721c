// The verifier and the Worker that it verifies for, joined by nothing but HTTP.
import { reset } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { createVerifier } from "../../src/client/verify.ts";
import { signingJwk } from "../helpers/keys.ts";
import { signIn } from "../helpers/session.ts";
import { createWorld, workerOrigin, type World } from "../helpers/world.ts";

afterEach(reset);

const number = "+12015550123";

/** A backend beside the Worker: its `fetch` is a service binding's, so to say. */
function backendOf(worldNow: () => World) {
  return createVerifier({
    issuer: workerOrigin,
    now: () => worldNow().clock.nowMs,
    fetch: (url, init) => worldNow().send(url, init),
  });
}

describe("a backend", () => {
  it("takes the access token of a sign-in, and no other text that the sign-in gives", async () => {
    const world = await createWorld();
    const verifier = backendOf(() => world);
    const signedIn = await signIn(world, number);
    for (const text of [signedIn.refresh_token, signedIn.device_token, signedIn.session_id])
      await expect(verifier.verifyAccessToken(text)).rejects.toMatchObject({
        code: "invalid_token",
      });
    const session = await verifier.verifyAccessToken(signedIn.access_token, { maxAgeSeconds: 0 });
    expect(session).toMatchObject({
      subject: signedIn.subject,
      sessionId: signedIn.session_id,
      acr: "aal1",
      amr: ["sms"],
      authenticatedAt: new Date(world.clock.nowMs),
    });
    await expect(
      verifier.verifyAccessToken(signedIn.access_token, { acr: "aal2" }),
    ).rejects.toMatchObject({ code: "insufficient_user_authentication", reason: "too_weak" });
  });

  it("sees after a refresh how long ago the person proved himself", async () => {
    const world = await createWorld();
    const verifier = backendOf(() => world);
    const { access_token, refresh_token, session_id } = await signIn(world, number);
    world.clock.nowMs += 15 * 60_000;
    await expect(verifier.verifyAccessToken(access_token)).rejects.toMatchObject({
      reason: "expired",
    });
    const answer = await world.post("/v1/sessions/refresh", { refresh_token });
    const { access_token: fresh } = await answer.json<{ access_token: string }>();
    expect(await verifier.verifyAccessToken(fresh)).toMatchObject({ sessionId: session_id });
    await expect(verifier.verifyAccessToken(fresh, { maxAgeSeconds: 600 })).rejects.toMatchObject({
      reason: "too_old",
    });
  });

  it("goes on while signing keys are rotated, until the old one is removed", async () => {
    const [old, fresh] = [await signingJwk("old"), await signingJwk("new")];
    const deployedWith = (...keys: unknown[]) =>
      createWorld({ env: { SIGNING_KEYS: JSON.stringify({ keys }) } });
    const before = await deployedWith(old);
    const rotated = await deployedWith(fresh, old);
    const ended = await deployedWith(fresh);
    const [oldToken, newToken] = [
      (await signIn(before, number)).access_token,
      (await signIn(rotated, number)).access_token,
    ];
    let deployed = before;
    const verifier = backendOf(() => deployed);
    await verifier.verifyAccessToken(oldToken);
    deployed = rotated;
    deployed.clock.nowMs += 31_000;
    await verifier.verifyAccessToken(newToken);
    await verifier.verifyAccessToken(oldToken);
    deployed = ended;
    deployed.clock.nowMs += 300_000;
    await verifier.verifyAccessToken(newToken);
    await expect(verifier.verifyAccessToken(oldToken)).rejects.toMatchObject({
      reason: "unknown_key",
    });
  });
});
