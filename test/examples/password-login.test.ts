import { describe, expect, it } from "vitest";
import { createVerifier } from "../../src/client/verify.ts";
import { bankKey, checkAs, createBackendWorld, shopKey, startAs } from "../helpers/backend.ts";
import { signIn } from "../helpers/session.ts";
import { start, workerOrigin, wrong, type World } from "../helpers/world.ts";
import { passwordLogin } from "./password-login.ts";

const phone = "+12015550123";
const users = {
  checkPassword: async (name: string, given: string) =>
    given === `password of ${name}` ? { id: name, phone } : undefined,
};

/** Starts the shop beside the real Worker and the twin. */
async function openShop() {
  const world = await createBackendWorld();
  const toWorker = (input: RequestInfo | URL, init?: RequestInit) =>
    world.send(input instanceof Request ? input.url : String(input), init);
  const verifier = createVerifier({
    issuer: workerOrigin,
    clientId: "shop",
    now: () => world.clock.nowMs,
    fetch: toWorker,
  });
  const app = passwordLogin({
    phonegate: { origin: workerOrigin, serviceKey: shopKey },
    verifier,
    fetch: toWorker,
    users,
  });
  const post = (path: string, body: unknown) =>
    app.request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  return { world, post };
}

type Shop = Awaited<ReturnType<typeof openShop>>;

async function password(shop: Shop, name: string) {
  const answer = await shop.post("/login", { name, password: `password of ${name}` });
  return answer.json<{ login: string; verification_id: string }>();
}

/** Checks a code as the frontend does when the user types it, and resolves to the proof token. */
async function proofOf(world: World, id: string, code?: string): Promise<string> {
  const [text] = await world.inbox(phone);
  const answer = await checkAs(world, { id, code: code ?? text?.code ?? "" });
  return (await answer.json<{ proof_token?: string }>()).proof_token ?? "";
}

const finish = (shop: Shop, login: string, proof_token: string) =>
  shop.post("/login/finish", { login, proof_token });

describe("a login with password and phone", () => {
  it("succeeds with the right password and the right code", async () => {
    const shop = await openShop();
    const { login, verification_id } = await password(shop, "alice");
    const answer = await finish(shop, login, await proofOf(shop.world, verification_id));
    expect(await answer.json()).toEqual({ user: "alice" });
    expect(answer.headers.get("Set-Cookie")).toMatch(/^__Host-session=/);
  });

  it("sends no message for a wrong password", async () => {
    const shop = await openShop();
    const answer = await shop.post("/login", { name: "alice", password: "guess" });
    expect(answer.status).toBe(401);
    expect(shop.world.outgoing).toHaveLength(0);
  });

  it("fails without a proof, after a wrong code, and without the password step", async () => {
    const shop = await openShop();
    const { login, verification_id } = await password(shop, "alice");
    const [text] = await shop.world.inbox(phone);
    const none = await proofOf(shop.world, verification_id, wrong(text?.code ?? ""));
    for (const [name, token] of [
      [login, ""],
      [login, none],
      ["made-up", "x"],
    ] as const)
      expect((await finish(shop, name, token)).status).toBe(401);
  });

  it("fails with another user's proof, a proof of another purpose, and a used proof", async () => {
    const shop = await openShop();
    const [alice, bob] = [await password(shop, "alice"), await password(shop, "bob")];
    const proof = await proofOf(shop.world, bob.verification_id);
    expect((await finish(shop, alice.login, proof)).status).toBe(401);
    const again = await password(shop, "alice");
    const own = await proofOf(shop.world, again.verification_id);
    expect((await finish(shop, again.login, own)).status).toBe(200);
    const third = await password(shop, "alice");
    expect((await finish(shop, third.login, own)).status).toBe(401);
    const started = await startAs(shop.world, bankKey, {
      to: phone,
      purpose: "transaction",
      subject: "alice",
      transaction: { payee: "ACME", amount: "1.00 EUR" },
    });
    const bankProof = await proofOf(shop.world, started.id, started.code);
    expect((await finish(shop, third.login, bankProof)).status).toBe(401);
  });

  it("fails with a session's access token in place of the proof", async () => {
    const shop = await openShop();
    const { login } = await password(shop, "alice");
    const { access_token } = await signIn(shop.world, "+12015550124");
    expect((await finish(shop, login, access_token)).status).toBe(401);
  });

  it("refuses the code of a sign-in as the second factor", async () => {
    const shop = await openShop();
    const { login, verification_id } = await password(shop, "alice");
    const { code } = await start(shop.world, phone);
    const proof = await proofOf(shop.world, verification_id, code);
    expect((await finish(shop, login, proof)).status).toBe(401);
  });
});
