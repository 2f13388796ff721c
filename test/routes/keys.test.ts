import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from "jose";
import { describe, expect, it } from "vitest";
import { signingJwk } from "../helpers/keys.ts";
import { createWorld, start, workerOrigin, type World } from "../helpers/world.ts";

const keySetOf = async (world: World) =>
  (await world.send("/.well-known/jwks.json")).json<JSONWebKeySet>();

async function tokenOf(world: World): Promise<string> {
  const { id, code } = await start(world, "+12015550123");
  const answer = await world.post(`/v1/verifications/${id}/check`, { code });
  return (await answer.json<{ access_token: string }>()).access_token;
}

describe("the JWKS", () => {
  it("shows every listed key, in order, without private parts", async () => {
    const keys = [await signingJwk("new"), await signingJwk("old")];
    const world = await createWorld({ env: { SIGNING_KEYS: JSON.stringify({ keys }) } });
    const answer = await world.send("/.well-known/jwks.json");
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=300");
    const shown = await answer.json<JSONWebKeySet>();
    expect(shown.keys).toEqual(
      keys.map(({ kid, x, y }) => ({
        kty: "EC",
        crv: "P-256",
        x,
        y,
        kid,
        alg: "ES256",
        use: "sig",
      })),
    );
  });
});

describe("a rotation of the signing keys", () => {
  it("keeps every token verifiable by a JWKS that was fetched in time", async () => {
    const [old, fresh] = [await signingJwk("old"), await signingJwk("new")];
    const withKeys = (keys: unknown[]) =>
      createWorld({ env: { SIGNING_KEYS: JSON.stringify({ keys }) } });
    const before = await withKeys([old]);
    const tokenBefore = await tokenOf(before);
    const announced = await withKeys([old, fresh]);
    const cached = await keySetOf(announced);
    expect(decodeProtectedHeader(await tokenOf(announced)).kid).toBe("old");
    const rotated = await withKeys([fresh, old]);
    const tokenAfter = await tokenOf(rotated);
    expect(decodeProtectedHeader(tokenAfter).kid).toBe("new");
    for (const token of [tokenBefore, tokenAfter])
      for (const keySet of [cached, await keySetOf(rotated)]) {
        const options = { issuer: workerOrigin, audience: workerOrigin, currentDate: new Date() };
        const { payload } = await jwtVerify(token, createLocalJWKSet(keySet), options);
        expect(payload.acr).toBe("aal1");
      }
  });
});
