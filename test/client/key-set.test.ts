import { afterEach, describe, expect, it, vi } from "vitest";
import { TokenError } from "../../src/client/token-error.ts";
import { accessClaims, createIssuer, newKey, nowMs, nowSeconds, unsigned } from "./issuer.ts";

type Issuer = Awaited<ReturnType<typeof createIssuer>>;

/** Sets one clock for jose's cache and for the verifier. */
function atNow() {
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
  return {
    advance: (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000),
  };
}
afterEach(() => void vi.useRealTimers());

const longLived = (issuer: Issuer) => issuer.accessToken({ claims: { exp: nowSeconds + 86_400 } });
const verifierOf = (issuer: Issuer) => issuer.verifier({ now: () => Date.now() });

async function reason(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error("it was accepted"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TokenError)) throw error;
  return `${error.code}: ${error.reason}`;
}

describe("the issuer's keys", () => {
  it("are fetched from its well-known path, once for many tokens", async () => {
    const clock = atNow();
    const issuer = await createIssuer();
    const verifier = verifierOf(issuer);
    const token = await longLived(issuer);
    await verifier.verifyAccessToken(token);
    clock.advance(299);
    await verifier.verifyAccessToken(token);
    expect(issuer.fetches).toEqual(["https://id.example.com/.well-known/jwks.json"]);
    clock.advance(1);
    await verifier.verifyAccessToken(token);
    expect(issuer.fetches).toHaveLength(2);
  });

  it("are not fetched for a token that cannot be the issuer's", async () => {
    const issuer = await createIssuer();
    const verifier = issuer.verifier();
    for (const token of [
      "",
      "a.b.c",
      unsigned({ alg: "none", typ: "at+jwt", kid: "key-1" }, accessClaims),
      unsigned({ alg: "ES256", typ: "JWT", kid: "key-1" }, accessClaims),
      unsigned({ alg: "ES256", typ: "at+jwt" }, accessClaims),
      unsigned({ alg: "ES256", typ: "at+jwt", kid: "k", jku: "https://evil.example" }, {}),
    ])
      await reason(verifier.verifyAccessToken(token));
    expect(issuer.fetches).toEqual([]);
  });

  it("are fetched again for a new kid, but at most twice a minute for invented ones", async () => {
    const clock = atNow();
    const issuer = await createIssuer();
    const verifier = verifierOf(issuer);
    await verifier.verifyAccessToken(await longLived(issuer));
    const fresh = await newKey("key-2");
    issuer.published.unshift(fresh.publicJwk);
    const token = await issuer.accessToken({ key: fresh });
    expect(await reason(verifier.verifyAccessToken(token))).toBe("invalid_token: unknown_key");
    clock.advance(30);
    await verifier.verifyAccessToken(token);
    expect(issuer.fetches).toHaveLength(2);
    for (let count = 0; count < 50; count += 1) {
      const made = unsigned({ alg: "ES256", typ: "at+jwt", kid: `made-${count}` }, accessClaims);
      expect(await reason(verifier.verifyAccessToken(made))).toBe("invalid_token: unknown_key");
    }
    expect(issuer.fetches).toHaveLength(2);
  });

  it("stop being accepted five minutes after the issuer removed them", async () => {
    const clock = atNow();
    const issuer = await createIssuer();
    const verifier = verifierOf(issuer);
    const token = await longLived(issuer);
    await verifier.verifyAccessToken(token);
    issuer.published = [(await newKey("key-2")).publicJwk];
    clock.advance(300);
    expect(await reason(verifier.verifyAccessToken(token))).toBe("invalid_token: unknown_key");
  });

  it("must name their algorithm, and be signature keys for it", async () => {
    const { publicJwk } = await newKey("key-1");
    const rsa = await newKey("key-1", "RS256");
    const p384 = await newKey("key-1", "ES384");
    for (const jwk of [
      { ...publicJwk, alg: undefined },
      { ...publicJwk, alg: "EdDSA" },
      { ...publicJwk, alg: "ES384" },
      { ...publicJwk, use: "enc" },
      { ...publicJwk, kid: undefined },
      { ...publicJwk, kty: "oct", k: "c2VjcmV0" },
      { ...publicJwk, x: undefined },
      rsa.publicJwk,
      p384.publicJwk,
      { ...p384.publicJwk, alg: "ES256" },
      null,
      "key-1",
    ]) {
      const issuer = await createIssuer();
      const other = await newKey("other");
      issuer.published = [jwk, other.publicJwk];
      const work = issuer.verifier().verifyAccessToken(await issuer.accessToken());
      expect(await reason(work), JSON.stringify(jwk)).toMatch(
        /^(invalid_token: unknown_key|keys_unavailable: no_keys)$/,
      );
      const good = await issuer.accessToken({ key: other });
      expect((await issuer.verifier().verifyAccessToken(good)).sessionId).toBe("ses_one");
    }
  });

  it("for RS256 must have at least 2048 bits and name RS256", async () => {
    const rsa = await newKey("key-1", "RS256");
    const n = String(rsa.publicJwk.n);
    const token = { key: rsa };
    for (const jwk of [
      // 2046 bits, 1024 bits, leading zeros, padding, none.
      { ...rsa.publicJwk, n: n.replace(/^./, "O") },
      { ...rsa.publicJwk, n: n.slice(0, 171) },
      { ...rsa.publicJwk, n: `AAAA${n}` },
      { ...rsa.publicJwk, n: `${n}==` },
      { ...rsa.publicJwk, n: undefined },
      { ...rsa.publicJwk, alg: "RS512" },
      { ...rsa.publicJwk, alg: "PS256" },
      { ...rsa.publicJwk, alg: undefined },
    ]) {
      const issuer = await createIssuer();
      issuer.published = [jwk];
      const work = issuer.verifier().verifyAccessToken(await issuer.accessToken(token));
      expect(await reason(work), JSON.stringify(jwk)).toBe("keys_unavailable: no_keys");
    }
    const issuer = await createIssuer();
    issuer.published = [rsa.publicJwk];
    const good = await issuer.accessToken(token);
    expect((await issuer.verifier().verifyAccessToken(good)).sessionId).toBe("ses_one");
  });

  it("are both refused when two have the same kid", async () => {
    const issuer = await createIssuer();
    issuer.published.push((await newKey("key-1")).publicJwk);
    const work = issuer.verifier().verifyAccessToken(await issuer.accessToken());
    expect(await reason(work)).toBe("invalid_token: unknown_key");
  });
});

const elsewhere = { Location: "https://evil.example.com/keys" };

describe("an issuer that cannot be reached", () => {
  it.each<[string, (keys: object) => Promise<Response>]>([
    ["refuses connections", () => Promise.reject(new TypeError("fetch failed"))],
    ["answers 500", async (keys) => Response.json(keys, { status: 500 })],
    ["answers 206", async (keys) => Response.json(keys, { status: 206 })],
    ["redirects", async (keys) => Response.json(keys, { status: 302, headers: elsewhere })],
    ["answers HTML", async () => new Response("<html>")],
    ["answers no keys", async () => Response.json({ keys: [] })],
    ["answers a list", async () => Response.json([])],
    ["answers null", async () => Response.json(null)],
    ["answers 100 KiB", async (keys) => Response.json({ ...keys, more: "x".repeat(102_400) })],
  ])("gives keys_unavailable, not invalid_token, when it %s", async (_how, answer) => {
    const issuer = await createIssuer();
    issuer.answer = () => answer({ keys: issuer.published });
    const work = issuer.verifier().verifyAccessToken(await issuer.accessToken());
    expect(await reason(work)).toBe("keys_unavailable: no_keys");
  });

  it("has its last keys accepted for an hour, while the verifier keeps fetching", async () => {
    const clock = atNow();
    const issuer = await createIssuer();
    const verifier = verifierOf(issuer);
    const token = await longLived(issuer);
    await verifier.verifyAccessToken(token);
    issuer.answer = async () => new Response("", { status: 503 });
    for (let minutes = 0; minutes < 60; minutes += 10) {
      clock.advance(600);
      await verifier.verifyAccessToken(token);
    }
    expect(issuer.fetches).toHaveLength(7);
    clock.advance(600);
    expect(await reason(verifier.verifyAccessToken(token))).toBe("keys_unavailable: no_keys");
    issuer.answer = undefined;
    await verifier.verifyAccessToken(token);
  });

  it("has no tokens accepted whose key the verifier did not know before", async () => {
    const clock = atNow();
    const issuer = await createIssuer();
    const verifier = verifierOf(issuer);
    await verifier.verifyAccessToken(await longLived(issuer));
    issuer.answer = () => Promise.reject(new TypeError("fetch failed"));
    clock.advance(60);
    const token = await issuer.accessToken({ key: await newKey("key-2") });
    expect(await reason(verifier.verifyAccessToken(token))).toBe("invalid_token: unknown_key");
  });
});
