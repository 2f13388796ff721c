// The verifier checks the Worker's tokens, and reads its keys over HTTP.
import { describe, expect, it } from "vitest";
import { refusalOf } from "../../src/client/refusal.ts";
import { TokenError } from "../../src/client/token-error.ts";
import { createVerifier } from "../../src/client/verify.ts";
import { signingJwk } from "../helpers/keys.ts";
import {
  bankKey,
  checkAs,
  consumeAs,
  createBackendWorld,
  serviceKey,
  shopKey,
  startAs,
} from "../helpers/backend.ts";
import { signIn } from "../helpers/session.ts";
import { createWorld, workerOrigin, type World } from "../helpers/world.ts";

const number = "+12015550123";

/** Returns a backend on the Worker's platform: its `fetch` acts like a service binding. */
function backendOf(worldNow: () => World, clientId = "shop") {
  return createVerifier({
    issuer: workerOrigin,
    clientId,
    now: () => worldNow().clock.nowMs,
    fetch: (url, init) => worldNow().send(url, init),
  });
}

describe("a backend", () => {
  it("accepts the access token of a sign-in, and none of the sign-in's other tokens", async () => {
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

  it("recognizes by clientId the sessions that another backend's key opened for the same subject", async () => {
    const bank = await serviceKey("bank", ["sign_in"], bankKey);
    const shop = await serviceKey("shop", ["sign_in"], shopKey);
    const SERVICE_KEYS = JSON.stringify([bank.entry, shop.entry]);
    const world = await createBackendWorld({ PURPOSES: "sign_in", SERVICE_KEYS });
    const verifier = backendOf(() => world, "bank");
    const openAs = async (key: string, to: string) => {
      const answer = await checkAs(world, await startAs(world, key, { to, subject: "director" }));
      return (await answer.json<{ access_token: string }>()).access_token;
    };
    const [own, other] = [await openAs(bankKey, number), await openAs(shopKey, "+12015550124")];
    expect((await verifier.verifyAccessToken(other)).subject).toBe("director");
    const required = { clientId: "bank" };
    expect((await verifier.verifyAccessToken(own, required)).subject).toBe("director");
    await expect(verifier.verifyAccessToken(other, required)).rejects.toMatchObject({
      code: "invalid_token",
      reason: "wrong_client",
    });
    const page = (await signIn(world, number)).access_token;
    await expect(verifier.verifyAccessToken(page, required)).rejects.toBeInstanceOf(TokenError);
    const both = { clientId: ["bank", "phonegate"] };
    expect((await verifier.verifyAccessToken(page, both)).clientId).toBe("phonegate");
  });

  it("sees after a refresh how long ago the user entered a code", async () => {
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

  it("accepts the tokens of both signing keys during a rotation, until the old key is removed", async () => {
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

describe("a backend that asked for a proof", () => {
  const subject = "user-42";
  const start = { to: number, subject, amr: ["pwd"] };

  async function proofOf(world: World, key: string, body: object): Promise<string> {
    const answer = await checkAs(world, await startAs(world, key, { ...start, ...body }));
    return (await answer.json<{ proof_token: string }>()).proof_token;
  }

  it("accepts it for the confirmed transfer, and other backends refuse it", async () => {
    const world = await createBackendWorld();
    const bank = backendOf(() => world, "bank");
    const transaction = { payee: "ACME Ltd", amount: "10.00 EUR", reference: 7 };
    const proof = await proofOf(world, bankKey, { purpose: "transaction", transaction });
    const markUsed = async () => (await consumeAs(world, bankKey, proof)).status === 200;
    const required = { purpose: "transaction", subject, acr: "aal2", markUsed } as const;
    const offByACent = { ...transaction, amount: "10.01 EUR" };
    await expect(
      bank.verifyProofToken(proof, { ...required, transaction: offByACent }),
    ).rejects.toMatchObject({ code: "wrong_proof", reason: "other_transaction" });
    await expect(
      backendOf(() => world).verifyProofToken(proof, { ...required, transaction }),
    ).rejects.toMatchObject({ reason: "wrong_audience" });
    await expect(bank.verifyAccessToken(proof)).rejects.toMatchObject({ reason: "wrong_type" });
    const { reference, payee, amount } = transaction;
    const accepted = bank.verifyProofToken(proof, {
      ...required,
      transaction: { reference, payee, amount },
    });
    expect(await accepted).toMatchObject({ subject, amr: ["pwd", "sms"] });
    await expect(bank.verifyProofToken(proof, { ...required, transaction })).rejects.toMatchObject({
      code: "proof_used",
    });
  });

  it("accepts a second factor for the user who logs in, until it has expired", async () => {
    const world = await createBackendWorld();
    const shop = backendOf(() => world);
    const proof = await proofOf(world, shopKey, { purpose: "two_factor" });
    const required = { purpose: "two_factor", acr: "aal2", markUsed: () => true } as const;
    await expect(
      shop.verifyProofToken(proof, { ...required, subject: "user-43" }),
    ).rejects.toMatchObject({ reason: "other_subject" });
    expect(await shop.verifyProofToken(proof, { ...required, subject })).toMatchObject({
      purpose: "two_factor",
    });
    world.clock.nowMs += 305_000;
    await expect(shop.verifyProofToken(proof, { ...required, subject })).rejects.toMatchObject({
      reason: "expired",
    });
  });
});

describe("the problem types in the middleware's responses", () => {
  it.each(["missing", "expired", "several_credentials", "too_weak", "used"] as const)(
    "have a page on the Worker: %s",
    async (reason) => {
      const world = await createWorld();
      const context = { issuer: workerOrigin, realm: "api", required: {} };
      const { body, status } = refusalOf(new TokenError(reason), context);
      const page = await world.send(String(body.type));
      expect(page.status).toBe(200);
      expect(await page.text()).toContain(String(status));
    },
  );
});
