import fc from "fast-check";
import { decodeJwt, exportSPKI, importJWK, type JWTPayload } from "jose";
import { describe, expect, it } from "vitest";
import { encodeBase64Url } from "../../src/lib/base64url.ts";
import { importSigningKeys } from "../../src/lib/signing-key.ts";
import { signAccessToken, verifyAccessToken } from "../../src/session/access-token.ts";
import type { TokenIssuer } from "../../src/session/own-key.ts";
import { signingJwk } from "../helpers/keys.ts";
import { signIn, type Session } from "../helpers/session.ts";
import { workerOrigin, type World } from "../helpers/world.ts";
import { currentOf, partsOf, refreshOf, tracesOf, watchedWorld } from "./showing-tokens.ts";
import { runs } from "../helpers/runs.ts";

const to = "+12015550123";
type Json = Record<string, unknown>;

const utf8 = new TextEncoder();
const encode = (value: unknown): string =>
  encodeBase64Url(utf8.encode(typeof value === "string" ? value : JSON.stringify(value)));

/** Makes a JWS by hand, since a library would refuse most of these. */
async function jws(header: unknown, claims: unknown, jwk: Json): Promise<string> {
  const input = `${encode(header)}.${encode(claims)}`;
  const key = (await importJWK(jwk, String(jwk.alg))) as CryptoKey;
  const { name } = key.algorithm;
  // The salt of RSA-PSS is as long as its hash (RFC 7518 §3.5).
  const algorithm = name === "ECDSA" ? { name, hash: "SHA-256" } : { name, saltLength: 32 };
  const signature = await crypto.subtle.sign(algorithm, key, utf8.encode(input));
  return `${input}.${encodeBase64Url(new Uint8Array(signature))}`;
}

async function hs256(header: Json, claims: unknown, secret: string) {
  const input = `${encode({ ...header, alg: "HS256" })}.${encode(claims)}`;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8.encode(secret), algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, utf8.encode(input));
  return `${input}.${encodeBase64Url(new Uint8Array(signature))}`;
}

/** A signed-in user, and everything an attacker could have, including our private keys. */
interface Scene {
  readonly world: World;
  readonly asked: string[];
  readonly session: Session;
  readonly header: Json;
  readonly claims: JWTPayload & Json;
  readonly nowSeconds: number;
  readonly key: Json;
  readonly other: Json;
  readonly edwards: Json;
  readonly rsa: Json;
  readonly stranger: Json;
}

/** Made once for all tests, since making it takes a tenth of a second. */
const rsaKey = signingJwk("rsa", "RS256");

async function scene(): Promise<Scene> {
  const [key, other, edwards, rsa, stranger] = await Promise.all([
    signingJwk("key-1"),
    signingJwk("key-2"),
    signingJwk("key-3", "EdDSA"),
    rsaKey,
    signingJwk("key-1"),
  ]);
  const keys = { SIGNING_KEYS: JSON.stringify({ keys: [key, other, edwards, rsa] }) };
  const { world, asked } = await watchedWorld(keys);
  const session = await signIn(world, to);
  asked.length = 0;
  return {
    world,
    asked,
    session,
    header: { alg: "ES256", typ: "at+jwt", kid: "key-1" },
    claims: decodeJwt(session.access_token),
    nowSeconds: world.clock.nowMs / 1000,
    key,
    other,
    edwards,
    rsa,
    stranger,
  };
}

const publicPart = ({ kty, crv, x, y, n, e, kid, alg, use }: Json): Json => ({
  kty,
  crv,
  x,
  y,
  n,
  e,
  kid,
  alg,
  use,
});

async function pemOf(jwk: Json): Promise<string> {
  const key = (await importJWK(publicPart(jwk), String(jwk.alg), {
    extractable: true,
  })) as CryptoKey;
  return exportSPKI(key);
}

type Attack = (scene: Scene) => string | Promise<string>;

/** A token signed by our first key with another header. */
const withHeader =
  (changes: Json): Attack =>
  ({ header, claims, key }) =>
    jws({ ...header, ...changes }, claims, key);

/** A token signed by our first key with other claims. `undefined` removes a claim. */
const withClaims =
  (changes: Json | ((scene: Scene) => Json)): Attack =>
  (at) =>
    jws(
      at.header,
      { ...at.claims, ...(typeof changes === "function" ? changes(at) : changes) },
      at.key,
    );

const attacks: Record<string, Record<string, Attack>> = {
  "that nobody signed": {
    "alg none and no signature": ({ header, claims }) =>
      `${encode({ ...header, alg: "none" })}.${encode(claims)}.`,
    "alg None": ({ header, claims }) => `${encode({ ...header, alg: "None" })}.${encode(claims)}.`,
    "alg none and a good signature": withHeader({ alg: "none" }),
    "no alg": withHeader({ alg: undefined }),
    "alg that is a list": withHeader({ alg: ["ES256"] }),
    "no signature": ({ session }) => session.access_token.replace(/[^.]+$/, ""),
    "a signature of zeros": ({ session }) =>
      session.access_token.replace(/[^.]+$/, encodeBase64Url(new Uint8Array(64))),
    "the signature of other claims": ({ header, claims, session }) =>
      `${encode(header)}.${encode({ ...claims, acr: "aal2" })}.${session.access_token.split(".")[2]}`,
    "a shortened signature": ({ session }) => session.access_token.slice(0, -4),
  },
  "signed with a public key": {
    "as PEM": async ({ header, claims, key }) => hs256(header, claims, await pemOf(key)),
    "as PEM without its last newline": async ({ header, claims, key }) =>
      hs256(header, claims, (await pemOf(key)).trim()),
    "as its JWK": ({ header, claims, key }) =>
      hs256(header, claims, JSON.stringify(publicPart(key))),
    "as the text of x": ({ header, claims, key }) => hs256(header, claims, String(key.x)),
    "of RSA, as PEM": async ({ header, claims, rsa }) =>
      hs256({ ...header, kid: "rsa" }, claims, await pemOf(rsa)),
    "of RSA, as its JWK": ({ header, claims, rsa }) =>
      hs256({ ...header, kid: "rsa" }, claims, JSON.stringify(publicPart(rsa))),
    "of RSA, as the text of n": ({ header, claims, rsa }) =>
      hs256({ ...header, kid: "rsa" }, claims, String(rsa.n)),
  },
  "of another key": {
    "a stranger's under our kid": ({ header, claims, stranger }) => jws(header, claims, stranger),
    "our second under the kid of the first": ({ header, claims, other }) =>
      jws(header, claims, other),
    "our first under the kid of the second": withHeader({ kid: "key-2" }),
    "our EdDSA key under the kid of an ES256 key": ({ header, claims, edwards }) =>
      jws({ ...header, alg: "EdDSA" }, claims, edwards),
    "our ES256 key under the kid of the EdDSA key": withHeader({ kid: "key-3" }),
    "our RS256 key under the kid of an ES256 key": ({ header, claims, rsa }) =>
      jws({ ...header, alg: "RS256" }, claims, rsa),
    "our ES256 key under the kid of the RS256 key": withHeader({ kid: "rsa" }),
  },
  "whose alg is not its key's": {
    "EdDSA for an ES256 key": withHeader({ alg: "EdDSA" }),
    "EdDSA for an ES256 signature under the EdDSA key": withHeader({ alg: "EdDSA", kid: "key-3" }),
    "ES256 for the EdDSA key": ({ header, claims, edwards }) =>
      jws({ ...header, kid: "key-3" }, claims, edwards),
    "Ed25519, its other name": ({ header, claims, edwards }) =>
      jws({ ...header, alg: "Ed25519", kid: "key-3" }, claims, edwards),
    "ES256 for the RS256 key": ({ header, claims, rsa }) =>
      jws({ ...header, kid: "rsa" }, claims, rsa),
    "RS256 for an ES256 key": withHeader({ alg: "RS256" }),
    ...Object.fromEntries(
      ["PS256", "RS384", "RS512"].map((alg): [string, Attack] => [
        `${alg} for the RS256 key`,
        ({ header, claims, rsa }) => jws({ ...header, alg, kid: "rsa" }, claims, { ...rsa, alg }),
      ]),
    ),
    ES384: withHeader({ alg: "ES384" }),
    es256: withHeader({ alg: "es256" }),
  },
  "with the kid": Object.fromEntries(
    [
      undefined,
      null,
      "",
      "key-4",
      "KEY-1",
      "key-1 ",
      "key-1\u0000",
      "../../../../dev/null",
      "/etc/passwd",
      "https://evil.example/key-1",
      "x' UNION SELECT 'key-1' --",
      "__proto__",
      "constructor",
      "0",
      0,
      ["key-1"],
      { toString: "key-1" },
      "x".repeat(6000),
    ].map((kid) => [(JSON.stringify(kid) ?? "missing").slice(0, 40), withHeader({ kid })]),
  ),
  "that brings a key": {
    "its own jwk, signed by it": ({ header, claims, stranger }) =>
      jws({ ...header, jwk: publicPart(stranger) }, claims, stranger),
    "our jwk, signed by it": (at) => withHeader({ jwk: publicPart(at.key) })(at),
    jku: withHeader({ jku: "https://evil.example/jwks.json" }),
    "our own jku": withHeader({ jku: `${workerOrigin}/.well-known/jwks.json` }),
    x5u: withHeader({ x5u: "https://evil.example/cert.pem" }),
    x5c: withHeader({ x5c: ["MIIB"] }),
    "a jwk of null": withHeader({ jwk: null }),
  },
  "of the type": Object.fromEntries(
    ["JWT", "proof+jwt", "rt+jwt", "at+jwt2", "at jwt", "text/at+jwt", undefined, "", null, 1].map(
      (typ) => [String(typ) || "empty", withHeader({ typ })],
    ),
  ),
  "with a crit of": {
    "something unknown": withHeader({ crit: ["urn:x"], "urn:x": true }),
    "a claim": withHeader({ crit: ["exp"] }),
    nothing: withHeader({ crit: [] }),
    "a text": withHeader({ crit: "b64" }),
    "b64 that is false": withHeader({ crit: ["b64"], b64: false }),
  },
  "for somebody else": {
    "another audience": withClaims({ aud: "https://api.example.com" }),
    "our audience with a slash": withClaims({ aud: `${workerOrigin}/` }),
    "our audience among others": withClaims({ aud: [workerOrigin, "https://api.example.com"] }),
    "our audience in a list of one": withClaims({ aud: [workerOrigin] }),
    "no audience": withClaims({ aud: undefined }),
    "another issuer": withClaims({ iss: "https://evil.example" }),
    "our issuer with a slash": withClaims({ iss: `${workerOrigin}/` }),
    "our issuer in a list": withClaims({ iss: [workerOrigin] }),
    "no issuer": withClaims({ iss: undefined }),
  },
  "out of its time": {
    "ends now": withClaims(({ nowSeconds }) => ({ exp: nowSeconds })),
    "ended a second ago": withClaims(({ nowSeconds }) => ({ exp: nowSeconds - 1 })),
    "begins in a second": withClaims(({ nowSeconds }) => ({ nbf: nowSeconds + 1 })),
    "ends never": withClaims({ exp: undefined }),
    "ends at a text": withClaims(({ nowSeconds }) => ({ exp: String(nowSeconds + 60) })),
    "begins at a text": withClaims({ nbf: "0" }),
    "was made at a text": withClaims({ iat: "0" }),
  },
  "that lacks": Object.fromEntries(
    ["sub", "sid", "client_id", "auth_time", "amr", "acr"].map((name) => [
      name,
      withClaims({ [name]: undefined }),
    ]),
  ),
  "whose claims are none of ours": {
    "acr aal3": withClaims({ acr: "aal3" }),
    "acr AAL1": withClaims({ acr: "AAL1" }),
    "a sub that is a number": withClaims({ sub: 1 }),
    "a sid that is a list": withClaims(({ session }) => ({ sid: [session.session_id] })),
    "an amr that is a text": withClaims({ amr: "sms" }),
    "a list": ({ header, claims, key }) => jws(header, [claims], key),
    null: ({ header, key }) => jws(header, null, key),
    "no JSON": ({ header, key }) => jws(header, "{", key),
  },
  "that is no JWS": {
    "one part": ({ session }) => session.access_token.split(".")[1] ?? "",
    "two parts": ({ session }) => session.access_token.split(".").slice(0, 2).join("."),
    "four parts": ({ session }) => `${session.access_token}.${encode("x")}`,
    "five parts, as a JWE": ({ claims }) =>
      [{ alg: "dir", enc: "A256GCM" }, "", "iviviviv", claims, "tagtagtag"].map(encode).join("."),
    "a header that is no object": ({ claims, key }) => jws([], claims, key),
    "a header of null": ({ claims, key }) => jws(null, claims, key),
    "a header that is no JSON": ({ claims, key }) => jws("{", claims, key),
    dots: () => "..",
  },
  "of another kind": {
    "a refresh token": ({ session }) => session.refresh_token,
    "a device token": ({ session }) => session.device_token,
    "a session id": () => `ses_${"A".repeat(22)}`,
    "a service key": () => "sk_live-AbCdEfGhIjKlMnOp",
  },
  "too long": {
    "by its claims": withClaims({ padding: "x".repeat(6500) }),
    "by its header": withHeader({ padding: "x".repeat(6500) }),
  },
};

/** Expects 401, a problem document, no store call, and no part of the token anywhere. */
async function expectRefusal({ world, asked }: Scene, answer: Response, token: string) {
  expect(answer.status).toBe(401);
  expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
  expect(await answer.clone().json()).toEqual({
    type: `${workerOrigin}/problems/invalid_token`,
    title: expect.any(String),
    status: 401,
    detail: expect.any(String),
    code: "invalid_token",
    request_id: answer.headers.get("X-Request-Id"),
  });
  expect(asked).toEqual([]);
  const traces = await tracesOf(world, answer);
  for (const part of partsOf(token)) expect(traces).not.toContain(part);
}

for (const [kind, ways] of Object.entries(attacks))
  describe(`an access token ${kind}`, () => {
    it.each(Object.entries(ways))(
      "%s is 401 invalid_token, without a store call",
      async (_, attack) => {
        const at = await scene();
        const token = await attack(at);
        const answer = await currentOf(at.world, token);
        await expectRefusal(at, answer, token);
        expect(answer.headers.get("WWW-Authenticate")).toBe(
          'Bearer realm="phonegate", error="invalid_token"',
        );
        expect((await currentOf(at.world, at.session.access_token)).status).toBe(200);
      },
    );
  });

describe("an access token", () => {
  it("of 50 KB is refused by the size of its header, and is not parsed if it gets further", async () => {
    const at = await scene();
    const token = await withClaims({ padding: "x".repeat(37_500) })(at);
    expect(token.length).toBeGreaterThan(50_000);
    const answer = await currentOf(at.world, token);
    expect(answer.status).toBe(431);
    expect(at.asked).toEqual([]);
    const traces = await tracesOf(at.world, answer);
    for (const part of partsOf(token)) expect(traces).not.toContain(part);
    expect(await verifyAccessToken(token, await issuerOf(at.key), at.world.clock.nowMs)).toBe(
      undefined,
    );
  });

  it("is valid until the second in which it expires", async () => {
    const at = await scene();
    at.world.clock.nowMs += 599_999;
    expect((await currentOf(at.world, at.session.access_token)).status).toBe(200);
    at.world.clock.nowMs += 1;
    at.asked.length = 0;
    const answer = await currentOf(at.world, at.session.access_token);
    await expectRefusal(at, answer, at.session.access_token);
  });

  it("of an unknown session is 401, although its signature is ours", async () => {
    const at = await scene();
    const token = await withClaims({ sid: `ses_${"A".repeat(22)}` })(at);
    const answer = await currentOf(at.world, token);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toBe(
      'Bearer realm="phonegate", error="invalid_token"',
    );
    expect(at.asked).toEqual(["SUBJECT_SESSIONS.list"]);
  });

  it("of another deployment with a key of the same kid is 401", async () => {
    const at = await scene();
    const elsewhere = await scene();
    const answer = await currentOf(elsewhere.world, at.session.access_token);
    await expectRefusal(elsewhere, answer, at.session.access_token);
  });

  it("with one changed character is refused", async () => {
    const at = await scene();
    const token = at.session.access_token;
    const issuer = await issuerOf(at.key);
    expect(await verifyAccessToken(token, issuer, at.world.clock.nowMs)).toBeDefined();
    const taken: string[] = [];
    // The last character has unused bits, and ECDSA allows two signatures of one message. That is
    // harmless, because a token may be used several times.
    for (let index = 0; index < token.length - 1; index += 1)
      for (const character of "A.Z_") {
        const changed = token.slice(0, index) + character + token.slice(index + 1);
        if (changed === token) continue;
        const claims = await verifyAccessToken(changed, issuer, at.world.clock.nowMs);
        if (claims !== undefined) taken.push(changed);
      }
    expect(taken).toEqual([]);
  });

  it("of any parts is refused without an exception", async () => {
    const { key, header, claims, world } = await scene();
    const issuer = await issuerOf(key);
    const names = fc.constantFrom(
      "alg",
      "kid",
      "typ",
      "crit",
      "b64",
      "jwk",
      "zip",
      "cty",
      "__proto__",
    );
    const headers = fc.dictionary(names, fc.oneof(fc.jsonValue(), fc.constant("EdDSA")));
    await fc.assert(
      fc.asyncProperty(headers, fc.jsonValue(), async (changes, anything) => {
        const changed = { ...header, alg: "HS256", ...changes };
        for (const token of [
          await jws(changed, claims, key),
          await jws(header, anything, key),
          await jws(anything, claims, key),
          `${encode(header)}.${encode(claims)}.${encode(anything)}`,
        ])
          expect(await verifyAccessToken(token, issuer, world.clock.nowMs)).toBeUndefined();
      }),
      { numRuns: runs(200) },
    );
  });

  it("signed by our RS256 key is accepted, so the attacks above fail for their own reasons", async () => {
    const { world, header, claims, rsa } = await scene();
    const token = await jws({ ...header, alg: "RS256", kid: "rsa" }, claims, rsa);
    expect((await currentOf(world, token)).status).toBe(200);
  });

  it("signed by any kind of key returns its claims", async () => {
    const nowMs = Date.parse("2035-01-02T03:04:05Z");
    const claims = {
      subject: "usr_x",
      sessionId: "ses_x",
      clientId: "phonegate",
      authTimeSeconds: 1,
      amr: ["pwd", "sms"],
      acr: "aal2",
    } as const;
    for (const jwk of [await signingJwk("a"), await signingJwk("b", "EdDSA"), await rsaKey]) {
      const issuer = await issuerOf(jwk);
      const token = await signAccessToken(claims, {}, 600, issuer, nowMs);
      expect(await verifyAccessToken(token, issuer, nowMs)).toEqual(claims);
    }
  });
});

async function issuerOf(...keys: Json[]): Promise<TokenIssuer> {
  const imported = await importSigningKeys(JSON.stringify({ keys }));
  if (!("keys" in imported)) throw new Error(imported.problems.join());
  return { issuer: workerOrigin, audience: workerOrigin, signingKeys: imported.keys };
}

describe("an access token in a wrong place", () => {
  /** Each has a valid token, so its place alone is the reason of the refusal. */
  const askFor = (world: World, authorization: string) =>
    world.send("/v1/sessions/current", { headers: { Authorization: authorization } });

  it.each<[string, (at: Scene) => Promise<Response>]>([
    ["no Authorization", ({ world }) => world.send("/v1/sessions/current")],
    [
      "the query string",
      ({ world, session }) =>
        world.send(`/v1/sessions/current?access_token=${session.access_token}`),
    ],
    [
      "a form body (RFC 6750 §2.2)",
      ({ world, session }) =>
        world.send("/v1/sessions", {
          method: "DELETE",
          headers: { "Content-Type": "application/x-www-form-urlencoded" },
          body: `access_token=${session.access_token}`,
        }),
    ],
    [
      "a JSON body",
      ({ world, session }) =>
        world.send("/v1/sessions", {
          method: "DELETE",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ access_token: session.access_token }),
        }),
    ],
    [
      "a cookie",
      ({ world, session }) =>
        world.send("/v1/sessions/current", {
          headers: { Cookie: `access_token=${session.access_token}` },
        }),
    ],
    ["Basic", ({ world, session }) => askFor(world, `Basic ${btoa(`x:${session.access_token}`)}`)],
    ["Basic, bare", ({ world, session }) => askFor(world, `Basic ${session.access_token}`)],
    ["DPoP", ({ world, session }) => askFor(world, `DPoP ${session.access_token}`)],
    ["no scheme", ({ world, session }) => askFor(world, session.access_token)],
    [
      "a scheme that only begins so",
      ({ world, session }) => askFor(world, `Bearers ${session.access_token}`),
    ],
    ["Bearer without a token", ({ world }) => askFor(world, "Bearer ")],
  ])("%s counts as no token: 401 without an error", async (_, ask) => {
    const at = await scene();
    const answer = await ask(at);
    await expectRefusal(at, answer, at.session.access_token);
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="phonegate"');
    expect((await currentOf(at.world, at.session.access_token)).status).toBe(200);
  });

  it.each<[string, (token: string) => string]>([
    ["twice in one value", (token) => `Bearer ${token}, Bearer ${token}`],
    ["beside another one", (token) => `Bearer ${token}, Bearer x`],
    ["behind another one", (token) => `Bearer x, Bearer ${token}`],
    ["beside Basic", (token) => `Bearer ${token}, Basic eDp5`],
    ["two in a row", (token) => `Bearer ${token} ${token}`],
    ["in quotes", (token) => `Bearer "${token}"`],
    ["as a parameter", (token) => `Bearer token="${token}"`],
    ["with a character of no token", (token) => `Bearer ${token}!`],
    ["broken by a space", (token) => `Bearer ${token.slice(0, 30)} ${token.slice(30)}`],
  ])("a token that comes %s is malformed: 401 with the error", async (_, spell) => {
    const at = await scene();
    const token = at.session.access_token;
    const answer = await askFor(at.world, spell(token));
    await expectRefusal(at, answer, token);
    expect(answer.headers.get("WWW-Authenticate")).toBe(
      'Bearer realm="phonegate", error="invalid_token"',
    );
  });

  it("two Authorization headers are 401, the good one first or last", async () => {
    const at = await scene();
    const token = at.session.access_token;
    for (const values of [
      [token, "x"],
      ["x", token],
      [token, token],
    ]) {
      const headers = new Headers();
      for (const value of values) headers.append("Authorization", `Bearer ${value}`);
      const answer = await at.world.send("/v1/sessions/current", { headers });
      await expectRefusal(at, answer, token);
    }
  });

  it("a bad token beside a good cookie is refused", async () => {
    const at = await scene();
    for (const bad of ["x.y.z", "not a token"]) {
      const answer = await at.world.send("/v1/sessions/current", {
        method: "DELETE",
        headers: {
          Authorization: `Bearer ${bad}`,
          Cookie: `__Host-phonegate=${at.session.refresh_token}`,
          "Sec-Fetch-Site": "same-origin",
        },
      });
      await expectRefusal(at, answer, at.session.refresh_token);
    }
    expect((await currentOf(at.world, at.session.access_token)).status).toBe(200);
  });

  it("the body of a refresh accepts no access token and no device token", async () => {
    const at = await scene();
    for (const token of [at.session.access_token, at.session.device_token]) {
      const answer = await refreshOf(at.world, token);
      await expectRefusal(at, answer, token);
      expect(answer.headers.get("WWW-Authenticate")).toBe(
        'Bearer realm="phonegate", error="invalid_token"',
      );
    }
  });

  it("its scheme is read in any case (RFC 9110 §11.1)", async () => {
    const at = await scene();
    for (const scheme of ["bearer", "BEARER", "Bearer  "])
      expect((await askFor(at.world, `${scheme} ${at.session.access_token}`)).status).toBe(200);
  });
});

describe("every route that takes an access token", () => {
  it.each([
    ["GET", "/v1/sessions/current"],
    ["DELETE", "/v1/sessions/current"],
    ["GET", "/v1/sessions"],
    ["DELETE", "/v1/sessions"],
    ["DELETE", "/v1/sessions/ses_AAAAAAAAAAAAAAAAAAAAAA"],
  ])("%s %s refuses a forged one before a store is asked", async (method, path) => {
    const at = await scene();
    const token = await jws(at.header, at.claims, at.stranger);
    const headers = { Authorization: `Bearer ${token}` };
    await expectRefusal(at, await at.world.send(path, { method, headers }), token);
    const none = await at.world.send(path, { method });
    await expectRefusal(at, none, token);
    expect(none.headers.get("WWW-Authenticate")).toBe('Bearer realm="phonegate"');
  });
});
