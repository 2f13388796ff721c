import { Hono } from "hono";
import { cors } from "hono/cors";
import { describe, expect, it } from "vitest";
import { requireSession } from "../../src/client/hono.ts";
import type { SessionGateOptions } from "../../src/client/session-gate.ts";
import { createIssuer, issuerUrl, newKey, nowMs, nowSeconds } from "./issuer.ts";

const issuer = await createIssuer();
const verifier = issuer.verifier();

const api = new Hono()
  .use("/open/*", cors({ origin: "https://shop.example.com" }))
  .get("/open/me", requireSession({ verifier }), (c) => c.json({ by: c.var.session.subject }))
  .get("/me", requireSession({ verifier }), (c) => c.json({ by: c.var.session.subject }))
  .post("/transfers", requireSession({ verifier, acr: "aal2", maxAgeSeconds: 300 }), (c) =>
    c.json({ by: c.var.session.subject, since: c.var.session.authenticatedAt }),
  );

const get = async (path: string, authorization?: string) =>
  api.request(path, authorization === undefined ? {} : { headers: { authorization } });

async function seen(answer: Response) {
  const { status, headers } = answer;
  expect(headers.get("Content-Type")).toBe("application/problem+json");
  expect(headers.get("Cache-Control")).toBe("no-store");
  const body = await answer.json();
  return { status, challenge: headers.get("WWW-Authenticate"), body };
}

const invalidToken = (description: string) => ({
  status: 401,
  challenge: `Bearer realm="phonegate", error="invalid_token", error_description="${description}"`,
  body: {
    type: `${issuerUrl}/problems/invalid_token`,
    title: "The token is not valid",
    status: 401,
    detail: description,
    code: "invalid_token",
  },
});

describe("a request without a token", () => {
  it.each([undefined, "", " ", "Basic dXNlcjpwYXNz", "DPoP abc", "Bearerabc", "abc"])(
    "is 401 and its challenge has no error: Authorization %j",
    async (authorization) => {
      const answer = await seen(await get("/me", authorization));
      expect(answer).toMatchObject({
        status: 401,
        challenge: 'Bearer realm="phonegate"',
        body: { code: "invalid_token", detail: "The request has no access token" },
      });
    },
  );

  it("is also a request with the token in the query", async () => {
    const token = await issuer.accessToken();
    const answer = await seen(await get(`/me?access_token=${token}`));
    expect(answer).toMatchObject({ status: 401, challenge: 'Bearer realm="phonegate"' });
    expect(JSON.stringify(answer)).not.toContain(token);
  });

  it("is also a request with the token in a form or a cookie", async () => {
    const token = await issuer.accessToken({ claims: { acr: "aal2" } });
    const answer = await api.request("/transfers", {
      method: "POST",
      headers: { cookie: `access_token=${token}` },
      body: new URLSearchParams({ access_token: token }),
    });
    expect(await seen(answer)).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="phonegate"',
    });
  });
});

describe("malformed credentials", () => {
  it.each(["Bearer", "Bearer ", "Bearer a b", "Bearer a=b", 'Bearer "abc"', "Bearer token=abc"])(
    "are 400 invalid_request: %j",
    async (authorization) => {
      const description = "The Authorization header must be the word Bearer, a space and the token";
      expect(await seen(await get("/me", authorization))).toEqual({
        status: 400,
        challenge: `Bearer realm="phonegate", error="invalid_request", error_description="${description}"`,
        body: {
          type: `${issuerUrl}/problems/invalid_request`,
          title: "The request is not valid",
          status: 400,
          detail: description,
          code: "invalid_request",
        },
      });
    },
  );

  it("are 400 when a request has several", async () => {
    const token = await issuer.accessToken();
    const twice = new Headers([
      ["Authorization", `Bearer ${token}`],
      ["Authorization", `Bearer ${token}`],
    ]);
    for (const answer of [
      await api.request("/me", { headers: twice }),
      await get("/me", `Basic dXNlcjpwYXNz, Bearer ${token}`),
      await get(`/me?a=1&access_token=${token}`, `Bearer ${token}`),
      await get(`/me?%61ccess_token=`, `Bearer ${token}`),
    ])
      expect(await seen(answer)).toMatchObject({
        status: 400,
        body: { detail: "Send one access token, in the Authorization header alone" },
      });
  });
});

describe("an invalid token", () => {
  it("is 401 invalid_token, with the reason", async () => {
    const expired = await issuer.accessToken({ claims: { exp: nowSeconds - 5 } });
    expect(await seen(await get("/me", `Bearer ${expired}`))).toEqual(
      invalidToken("The token has expired"),
    );
    const forged = await issuer.accessToken({ key: await newKey("key-1") });
    expect(await seen(await get("/me", `Bearer ${forged}`))).toEqual(
      invalidToken("The token's signature is wrong"),
    );
    const proof = await issuer.proofToken();
    expect(await seen(await get("/me", `Bearer ${proof}`))).toEqual(
      invalidToken("This is a token of another type"),
    );
    expect(await seen(await get("/me", `Bearer ${"a".repeat(50_000)}`))).toEqual(
      invalidToken("The token is longer than 8 KiB"),
    );
  });

  it("never reaches the handler, and a token whose keys are unavailable does not either", async () => {
    let runs = 0;
    const down = await createIssuer();
    down.answer = () => Promise.reject(new TypeError("fetch failed"));
    const guarded = new Hono().get("/", requireSession({ verifier: down.verifier() }), (c) => {
      runs += 1;
      return c.text("in");
    });
    const authorization = `Bearer ${await down.accessToken()}`;
    const answer = await guarded.request("/", { headers: { authorization } });
    expect(answer.headers.get("Retry-After")).toBe("5");
    expect(await seen(answer)).toEqual({
      status: 503,
      challenge: null,
      body: {
        type: "about:blank",
        title: "Tokens cannot be checked right now",
        status: 503,
        detail: "The issuer's keys cannot be fetched",
        code: "keys_unavailable",
      },
    });
    expect(runs).toBe(0);
  });
});

describe("a session that is too weak or too old", () => {
  const transfer = async (claims: Record<string, unknown>) => {
    const authorization = `Bearer ${await issuer.accessToken({ claims })}`;
    return api.request("/transfers", { method: "POST", headers: { authorization } });
  };

  it.each([
    [{ acr: "aal1" }, "A stronger authentication is required"],
    [
      { acr: "aal2", auth_time: nowSeconds - 400, iat: nowSeconds },
      "A more recent authentication is required",
    ],
  ])("gets an answer that names what to step up to (RFC 9470): %j", async (claims, description) => {
    expect(await seen(await transfer(claims))).toEqual({
      status: 401,
      challenge:
        `Bearer realm="phonegate", error="insufficient_user_authentication", ` +
        `error_description="${description}", acr_values="aal2", max_age="300"`,
      body: {
        type: `${issuerUrl}/problems/insufficient_user_authentication`,
        title: "This needs a stronger or more recent authentication",
        status: 401,
        detail: description,
        code: "insufficient_user_authentication",
        acr_values: "aal2",
        max_age: 300,
      },
    });
  });

  it("of another client than required gets a 401 that asks for no step-up", async () => {
    const bank = new Hono().get("/", requireSession({ verifier, clientId: "bank" }), (c) =>
      c.text("in"),
    );
    const ask = async (client_id: string) => {
      const token = await issuer.accessToken({ claims: { client_id } });
      return bank.request("/", { headers: { authorization: `Bearer ${token}` } });
    };
    expect((await ask("bank")).status).toBe(200);
    expect(await seen(await ask("shop"))).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
      body: { code: "invalid_token", detail: "The session is another client's" },
    });
  });

  it("passes after a step-up", async () => {
    const answer = await transfer({ acr: "aal2" });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      by: "usr_someone",
      since: new Date(nowMs - 60_000).toISOString(),
    });
  });

  it("gets an answer that names only what the backend requires", async () => {
    const fresh = new Hono().get("/", requireSession({ verifier, maxAgeSeconds: 0 }), (c) =>
      c.text("in"),
    );
    const authorization = `Bearer ${await issuer.accessToken()}`;
    const { challenge } = await seen(await fresh.request("/", { headers: { authorization } }));
    expect(challenge).toMatch(/, max_age="0"$/);
    expect(challenge).not.toContain("acr_values");
  });
});

describe("a valid session", () => {
  it.each(["Bearer ", "bearer ", "BEARER   "])("passes with the scheme %j", async (scheme) => {
    const answer = await get("/me?page=2", `${scheme}${await issuer.accessToken()}`);
    expect(await answer.json()).toEqual({ by: "usr_someone" });
  });
});

describe("the middleware", () => {
  it("keeps the CORS headers on its refusals, so that a page can read them", async () => {
    const answer = await api.request("/open/me", {
      headers: { origin: "https://shop.example.com" },
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("https://shop.example.com");
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="phonegate"');
  });

  it("quotes the configured realm in its challenge", async () => {
    const named = new Hono().get("/", requireSession({ verifier, realm: 'a "shop" \\' }));
    const answer = await named.request("/");
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="a \\"shop\\" \\\\"');
  });

  it.each([
    [{ maxAge: 300 }, "The session gate has no option maxAge"],
    [{ acr: "high" }, "acr must be one of aal1, aal2"],
    [{ maxAgeSeconds: 1.5 }, "maxAgeSeconds must be a whole number"],
    [{ verifier: undefined }, "verifier must be made by createVerifier"],
    [{ realm: "a\r\nSet-Cookie: b=c" }, "realm must be printable ASCII"],
    [{ realm: "" }, "realm must be printable ASCII"],
  ])("refuses the options %j", (options, message) => {
    const all = { verifier, ...options } as unknown as SessionGateOptions;
    expect(() => requireSession(all)).toThrow(message);
    expect(() => requireSession(all)).toThrow(TypeError);
  });

  it("passes an unexpected error on: the request fails and the handler does not run", async () => {
    const broken = issuer.verifier({ now: () => Number.NaN });
    const guarded = new Hono()
      .get("/", requireSession({ verifier: broken }), (c) => c.text("in"))
      .onError((error, c) => c.text(error.name, 500));
    const authorization = `Bearer ${await issuer.accessToken()}`;
    const answer = await guarded.request("/", { headers: { authorization } });
    expect([answer.status, await answer.text()]).toEqual([500, "TypeError"]);
  });
});
