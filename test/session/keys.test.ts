import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from "jose";
import { describe, expect, it } from "vitest";
import { decodeBase64Url } from "../../src/lib/base64url.ts";
import { randomKey, signingJwk } from "../helpers/keys.ts";
import { engines } from "../helpers/racing.ts";
import { signIn, type Session } from "../helpers/session.ts";
import { createWorld, start, wrong, workerOrigin, type World } from "../helpers/world.ts";
import { currentOf, keySetOf, refreshed, refreshOf, verifyOffline } from "./showing-tokens.ts";

const to = "+12015550123";
type Jwk = Record<string, unknown>;

const listed = (...keys: Jwk[]) => ({ SIGNING_KEYS: JSON.stringify({ keys }) });

/** The same deployment with other settings. It keeps its stores, clock and phones. */
async function redeployed(world: World, changes: Record<string, unknown>): Promise<World> {
  const { nowMs } = world.clock;
  const next = await createWorld({
    env: { ...world.settings, ...changes },
    network: async (request) => world.twin.fetch(request),
  });
  next.clock.nowMs = nowMs;
  return { ...next, twin: world.twin, inbox: world.inbox };
}

const kidOf = (token: string): string | undefined => decodeProtectedHeader(token).kid;

describe.each([
  ["ES256", "ES256", "ES256"],
  ["EdDSA", "EdDSA", "EdDSA"],
  ["ES256 to EdDSA", "ES256", "EdDSA"],
  ["EdDSA to ES256", "EdDSA", "ES256"],
  ["RS256", "RS256", "RS256"],
  ["ES256 to RS256", "ES256", "RS256"],
  ["RS256 to ES256", "RS256", "ES256"],
] as const)("a rotation of the signing keys, %s", (_, oldAlgorithm, newAlgorithm) => {
  /** One token and one key set of each step: one key, next key announced, next key first, next key alone. */
  async function rotate() {
    const old = await signingJwk("old", oldAlgorithm);
    const fresh = await signingJwk("new", newAlgorithm);
    let world = await createWorld({ env: listed(old) });
    let session = await signIn(world, to);
    const opened = session;
    const steps: { world: World; session: Session; keySet: JSONWebKeySet }[] = [];
    for (const keys of [[old], [old, fresh], [fresh, old], [fresh]]) {
      world = await redeployed(world, listed(...keys));
      world.clock.nowMs += 60_000;
      session = await refreshed(world, session.refresh_token);
      steps.push({ world, session, keySet: await keySetOf(world) });
    }
    return { opened, steps };
  }

  it("signs with the first listed key, and names it in the header", async () => {
    const { steps } = await rotate();
    const headers = steps.map(({ session }) => decodeProtectedHeader(session.access_token));
    expect(headers).toEqual([
      { alg: oldAlgorithm, typ: "at+jwt", kid: "old" },
      { alg: oldAlgorithm, typ: "at+jwt", kid: "old" },
      { alg: newAlgorithm, typ: "at+jwt", kid: "new" },
      { alg: newAlgorithm, typ: "at+jwt", kid: "new" },
    ]);
  });

  it("signs tokens that the key set cached one step ago verifies", async () => {
    const { steps } = await rotate();
    for (const [index, { session, keySet }] of steps.entries()) {
      const cached = steps[index - 1]?.keySet ?? keySet;
      for (const served of [cached, keySet])
        expect(await verifyOffline(session.access_token, served)).toEqual(
          decodeJwt(session.access_token),
        );
    }
  });

  it("without the wait signs tokens that the cached key set refuses", async () => {
    const { steps } = await rotate();
    const [first, , third] = steps;
    if (first === undefined || third === undefined) throw new Error("too few steps");
    await expect(verifyOffline(third.session.access_token, first.keySet)).rejects.toThrow(
      "no applicable key",
    );
  });

  it("keeps every token valid exactly as long as its key is listed", async () => {
    const { opened, steps } = await rotate();
    const signed = [opened, ...steps.map(({ session }) => session)];
    for (const { world, keySet } of steps) {
      const kids = new Set(keySet.keys.map(({ kid }) => kid));
      for (const { access_token } of signed) {
        const answer = await currentOf(world, access_token);
        expect([kidOf(access_token), answer.status]).toEqual([
          kidOf(access_token),
          kids.has(kidOf(access_token)) ? 200 : 401,
        ]);
      }
    }
  });

  it("ends no session: it can be refreshed to the end, although its first access token is refused", async () => {
    const { opened, steps } = await rotate();
    const last = steps.at(-1);
    if (last === undefined) throw new Error("no steps");
    const refused = await currentOf(last.world, opened.access_token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("WWW-Authenticate")).toBe(
      'Bearer realm="phonegate", error="invalid_token"',
    );
    const next = await refreshed(last.world, last.session.refresh_token);
    expect(next.session_id).toBe(opened.session_id);
    const current = await currentOf(last.world, next.access_token);
    expect(await current.json()).toMatchObject({ session_id: opened.session_id });
  });
});

describe("the signing keys", () => {
  it("of all kinds are in one key set, each with only its public part", async () => {
    const keys = [await signingJwk("a", "EdDSA"), await signingJwk("b")];
    keys.push(await signingJwk("c", "RS256"));
    const world = await createWorld({ env: listed(...keys) });
    const [a, b, c] = keys;
    expect((await keySetOf(world)).keys).toEqual([
      { kty: "OKP", crv: "Ed25519", x: a?.x, kid: "a", alg: "EdDSA", use: "sig" },
      { kty: "EC", crv: "P-256", x: b?.x, y: b?.y, kid: "b", alg: "ES256", use: "sig" },
      { kty: "RSA", n: c?.n, e: "AQAB", kid: "c", alg: "RS256", use: "sig" },
    ]);
  });

  it("of which one is replaced under its old kid invalidate only its tokens", async () => {
    const world = await createWorld();
    const session = await signIn(world, to);
    for (const algorithm of ["ES256", "EdDSA", "RS256"] as const) {
      const changed = await redeployed(world, listed(await signingJwk("key-1", algorithm)));
      expect((await currentOf(changed, session.access_token)).status).toBe(401);
    }
    expect((await refreshOf(world, session.refresh_token)).status).toBe(200);
  });
});

const versionOf = (token: string): number | undefined =>
  decodeBase64Url(token.slice(token.indexOf("_") + 1))?.[0];

/** Deployments with the peppers of each step of a rotation. `before` is the first. */
async function pepperSteps(env: Record<string, unknown> = {}) {
  const [a, b] = [`1:${randomKey()}`, `2:${randomKey()}`];
  const before = await createWorld({ env: { ...env, PEPPERS: a } });
  const withPeppers = (PEPPERS: string) => redeployed(before, { PEPPERS });
  return {
    before,
    announced: () => withPeppers(`${a},${b}`),
    rotated: () => withPeppers(`${b},${a}`),
    removed: () => withPeppers(b),
  };
}

describe("a rotation of the peppers", () => {
  it("keeps a session alive at every step, and writes with the first", async () => {
    const { before, announced, rotated, removed } = await pepperSteps();
    let session = await signIn(before, to);
    const versions: unknown[] = [versionOf(session.refresh_token)];
    for (const step of [announced, rotated, removed]) {
      session = await refreshed(await step(), session.refresh_token);
      versions.push(versionOf(session.refresh_token));
    }
    expect(versions).toEqual([1, 1, 2, 2]);
  });

  it("gives a retried refresh the same successor, in another spelling", async () => {
    const { before, rotated } = await pepperSteps();
    const { refresh_token } = await signIn(before, to);
    const one = await refreshed(before, refresh_token);
    const world = await rotated();
    const other = await refreshed(world, refresh_token);
    expect([versionOf(one.refresh_token), versionOf(other.refresh_token)]).toEqual([1, 2]);
    const next = await refreshed(world, other.refresh_token);
    // If the other spelling were another token, this would be a replay.
    expect((await refreshed(world, one.refresh_token)).refresh_token).toBe(next.refresh_token);
  });

  it("keeps a device known until its pepper is removed", async () => {
    const env = { LIMIT_SEND_PER_PHONE: "1/10m" };
    const { before, rotated, removed } = await pepperSteps(env);
    const { device_token } = await signIn(before, to);
    const startWith = async (world: World, token?: string) =>
      (await world.post("/v1/verifications", { to, ...(token && { device_tokens: [token] }) }))
        .status;
    const world = await rotated();
    expect(await startWith(world)).toBe(429);
    expect(await startWith(await removed(), device_token)).toBe(429);
    expect(await startWith(world, device_token)).toBe(201);
  });

  it("leaves a session without a valid token signed in until the user signs out", async () => {
    const { before, removed } = await pepperSteps();
    const { access_token, refresh_token } = await signIn(before, to);
    const world = await removed();
    const refused = await refreshOf(world, refresh_token);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: "invalid_token" });
    expect((await currentOf(world, access_token)).status).toBe(200);
    const headers = { Authorization: `Bearer ${access_token}` };
    const everywhere = await world.send("/v1/sessions", { method: "DELETE", headers });
    expect(everywhere.status).toBe(204);
    expect((await currentOf(world, access_token)).status).toBe(401);
  });

  it("allows sign-out with the cookie of a removed pepper: 204, and the cookie is cleared", async () => {
    const { before, removed } = await pepperSteps();
    const { refresh_token } = await signIn(before, to);
    const answer = await (
      await removed()
    ).send("/v1/sessions/current", {
      method: "DELETE",
      headers: { Cookie: `__Host-phonegate=${refresh_token}`, "Sec-Fetch-Site": "same-origin" },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("Set-Cookie")).toContain("__Host-phonegate=; Max-Age=0");
  });
});

describe.each(engines)("a pending verification of engine $engine", ({ env }) => {
  const key = "0123456789abcdef-0123456789";
  const startAgain = (world: World) =>
    world.post("/v1/verifications", { to }, { "Idempotency-Key": key });

  it("survives a rotation: it can be read, resent and checked", async () => {
    const { before, rotated } = await pepperSteps(env);
    const { id, code } = await start(before, to);
    const world = await rotated();
    const path = `/v1/verifications/${id}`;
    expect(await (await world.send(path)).json()).toMatchObject({ id, status: "pending" });
    world.clock.nowMs += 30_000;
    expect((await world.post(`${path}/resend`, {})).status).toBe(200);
    const texts = await world.inbox(to);
    expect(texts.map((text) => text.code)).toEqual([code, code]);
    expect((await world.post(`${path}/check`, { code: wrong(code) })).status).toBe(422);
    const answer = await world.post(`${path}/check`, { code });
    expect(answer.status).toBe(200);
    const session = await answer.json<Session>();
    expect(versionOf(session.refresh_token)).toBe(2);
    expect((await refreshOf(world, session.refresh_token)).status).toBe(200);
  });

  it("can be canceled after a rotation", async () => {
    const { before, rotated } = await pepperSteps(env);
    const { id, code } = await start(before, to);
    const world = await rotated();
    const path = `/v1/verifications/${id}`;
    expect((await world.send(path, { method: "DELETE" })).status).toBe(204);
    expect((await world.post(`${path}/check`, { code })).status).toBe(410);
  });

  it("started twice with one key across a rotation has one id, and ends with its pepper", async () => {
    const { before, rotated, removed } = await pepperSteps(env);
    const { id } = await (await startAgain(before)).json<{ id: string }>();
    const world = await rotated();
    const repeated = await startAgain(world);
    expect(repeated.status).toBe(201);
    expect(await repeated.json()).toMatchObject({ id, status: "pending" });
    const [text, ...more] = await world.inbox(to);
    expect(more).toEqual([]);
    const check = (on: World) => on.post(`/v1/verifications/${id}/check`, { code: text?.code });
    expect((await check(await removed())).status).toBe(404);
    expect((await check(world)).status).toBe(200);
  });

  it("whose pepper was removed is 404 everywhere, and its number can start again", async () => {
    const { before, removed } = await pepperSteps(env);
    const { id, code } = await start(before, to);
    const world = await removed();
    const path = `/v1/verifications/${id}`;
    for (const answer of [
      await world.send(path),
      await world.post(`${path}/check`, { code }),
      await world.post(`${path}/resend`, {}),
      await world.send(path, { method: "DELETE" }),
    ]) {
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({
        code: "verification_not_found",
        type: `${workerOrigin}/problems/verification_not_found`,
      });
    }
    expect((await signIn(world, to)).subject).toMatch(/^usr_/);
  });

  it("whose pepper was removed is not returned to its idempotency key", async () => {
    const { before, removed } = await pepperSteps(env);
    expect((await startAgain(before)).status).toBe(201);
    const world = await removed();
    const answer = await startAgain(world);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: "provider_unavailable",
      detail: expect.stringContaining("Use a new key"),
    });
    expect(await world.inbox(to)).toHaveLength(1);
  });
});
