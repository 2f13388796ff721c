import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createWorld, start, workerOrigin, type World } from "../helpers/world.ts";

const to = "+12015550123";
const app = "https://app.example.com";
const local = "http://localhost:3000";

let world: World;
beforeEach(async () => {
  world = await createWorld({ env: { ALLOWED_ORIGINS: `${app},${local}` } });
});

afterEach(() => vi.restoreAllMocks());

function corsHeaders(response: Response): Record<string, string> {
  return Object.fromEntries(
    [...response.headers].filter(([name]) => name.startsWith("access-control-")),
  );
}

function preflight(origin: string | undefined, path = "/v1/verifications", of = world) {
  const headers = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
  };
  return of.send(path, {
    method: "OPTIONS",
    headers: { ...headers, ...(origin !== undefined && { Origin: origin }) },
  });
}

const foreign = [
  "https://evil.example",
  "null",
  "",
  "*",
  "https://app.example.com.evil.com",
  "https://evilapp.example.com",
  "https://sub.app.example.com",
  "https://example.com",
  "https://app.example.com:8443",
  "https://app.example.com:443",
  "http://app.example.com",
  "https://APP.example.com",
  "HTTPS://APP.EXAMPLE.COM",
  "https://app.example.com/",
  "https://app.example.com/x",
  "https://user@app.example.com",
  "https://app.example.com, https://evil.example",
  "https://app.example.com https://evil.example",
  "https://app.example.com%00",
  "https://app-example.com",
  "app.example.com",
  "http://192.168.1.5:3000",
  "http://localhost.example:3000",
  "http://127.0.0.1.example",
];

describe("an origin that is not listed", () => {
  it.each(foreign)("%j cannot change state: 403 before its body is read", async (origin) => {
    for (const method of ["POST", "PUT", "PATCH", "OPTIONS", "DELETE"]) {
      let pulled = 0;
      const body = new ReadableStream<Uint8Array>(
        { pull: () => void (pulled += 1) },
        { highWaterMark: 0 },
      );
      const headers = { Origin: origin, "Content-Type": "application/json" };
      for (const path of ["/v1/verifications", "/v1/verifications/vrf_x", "/nothing"]) {
        const response = await world.send(path, {
          method,
          headers,
          ...(path === "/v1/verifications" && { body }),
        });
        expect([method, path, response.status, pulled]).toEqual([method, path, 403, 0]);
        expect(corsHeaders(response)).toEqual({});
        expect(await response.json()).toMatchObject({ code: "origin_not_allowed" });
      }
    }
    expect(world.outgoing).toEqual([]);
  });

  it.each(foreign)(
    "%j can send public reads, but its page cannot read the answer",
    async (origin) => {
      const response = await world.send("/v1/verifications/vrf_x", { headers: { Origin: origin } });
      expect(response.status).toBe(404);
      expect(corsHeaders(response)).toEqual({});
    },
  );

  it.each(foreign)("%j gets 204 without CORS headers to its preflight", async (origin) => {
    for (const path of [
      "/v1/verifications",
      "/v1/verifications/vrf_x/check",
      "/v1/sessions/current",
    ]) {
      const response = await preflight(origin, path);
      expect(response.status).toBe(204);
      expect(corsHeaders(response)).toEqual({});
    }
  });

  it("cannot cancel a verification", async () => {
    const { id } = await start(world, to);
    const init = { method: "DELETE", headers: { Origin: "https://evil.example" } };
    expect((await world.send(`/v1/verifications/${id}`, init)).status).toBe(403);
    expect(await (await world.send(`/v1/verifications/${id}`)).json()).toMatchObject({
      status: "pending",
    });
  });
});

const exposed = "Retry-After,RateLimit,RateLimit-Policy,Location,WWW-Authenticate,X-Request-Id";

describe("a listed origin", () => {
  it.each([app, local])(
    "%s sees the answer and the headers of the contract, without credentials",
    async (origin) => {
      const answer = await world.post("/v1/verifications", { to }, { Origin: origin });
      expect(answer.status).toBe(201);
      expect(corsHeaders(answer)).toEqual({
        "access-control-allow-origin": origin,
        "access-control-expose-headers": exposed,
      });
    },
  );

  it("sees refusals too", async () => {
    for (const body of [{}, { to: "+1" }, { to, purpose: "step_up" }]) {
      const answer = await world.post("/v1/verifications", body, { Origin: app });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe(app);
    }
    for (const path of ["/nothing", "/v1/verifications", "/v1/verifications/vrf_x"]) {
      const answer = await world.send(path, { headers: { Origin: app } });
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe(app);
    }
  });

  it("gets the needed methods and headers in the answer to its preflight", async () => {
    const answer = await preflight(app);
    expect(answer.status).toBe(204);
    expect(corsHeaders(answer)).toEqual({
      "access-control-allow-origin": app,
      "access-control-allow-methods": "GET,POST,DELETE",
      "access-control-allow-headers": "Content-Type,Authorization,Idempotency-Key",
      "access-control-expose-headers": exposed,
      "access-control-max-age": "7200",
    });
  });

  it("can send cookies only to routes where a session begins, continues or ends", async () => {
    const credentials = async (path: string) =>
      (await preflight(app, path)).headers.get("Access-Control-Allow-Credentials");
    for (const path of [
      "/v1/verifications/vrf_x/check",
      "/v1/sessions",
      "/v1/sessions/refresh",
      "/v1/sessions/current",
      "/v1/sessions/ses_x",
    ])
      expect([path, await credentials(path)]).toEqual([path, "true"]);
    for (const path of [
      "/v1/verifications",
      "/v1/verifications/vrf_x",
      "/v1/verifications/vrf_x/resend",
      "/v1/verifications/a/b/check",
      "/v1/verifications/vrf_x/check/",
      "/v1/verifications//check",
      "/v1/sessionsx",
      "/x/v1/sessions/current",
      "/v1/proofs/consume",
      "/",
    ])
      expect([path, await credentials(path)]).toEqual([path, null]);
    const { id, code } = await start(world, to);
    const checked = await world.post(`/v1/verifications/${id}/check`, { code }, { Origin: app });
    expect(checked.headers.get("Access-Control-Allow-Credentials")).toBe("true");
    expect(checked.headers.get("Access-Control-Allow-Origin")).toBe(app);
  });
});

const outside = ["/healthz", "/problems/invalid_request", "/v1/webhooks/twilio/messages"];

describe.each(outside)("%s, like every other path,", (path) => {
  it("can be read by a page of a listed origin, also when it refuses", async () => {
    for (const method of ["GET", "POST"]) {
      const answer = await world.send(path, { method, headers: { Origin: app } });
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe(app);
    }
    const answer = await preflight(app, path);
    expect([answer.status, answer.headers.get("Access-Control-Allow-Origin")]).toEqual([204, app]);
  });

  it("cannot be read by a page of another origin", async () => {
    const headers = { Origin: "https://evil.example" };
    const answer = await world.send(path, { headers });
    expect([200, 405]).toContain(answer.status);
    expect(corsHeaders(answer)).toEqual({});
    expect(answer.headers.get("Vary")).toContain("Origin");
  });

  it("answers another origin's preflight with 204 without CORS headers, and its writes with 403", async () => {
    const asked = await preflight("https://evil.example", path);
    expect([asked.status, corsHeaders(asked)]).toEqual([204, {}]);
    let pulled = 0;
    const pull = () => void (pulled += 1);
    const body = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
    const type = "application/x-www-form-urlencoded";
    const headers = { Origin: "https://evil.example", "Content-Type": type };
    const answer = await world.send(path, { method: "POST", headers, body });
    expect([answer.status, pulled]).toEqual([403, 0]);
    expect(await answer.json()).toMatchObject({ code: "origin_not_allowed" });
  });
});

const forAll = [
  "/.well-known/jwks.json",
  "/.well-known/oauth-authorization-server",
  "/.well-known/openid-configuration",
  "/openapi.json",
];

describe.each(forAll)("%s", (path) => {
  it.each([app, "https://evil.example", "null", undefined])(
    "can be read by a page of any origin, without credentials: %s",
    async (origin) => {
      const headers: Record<string, string> = origin === undefined ? {} : { Origin: origin };
      for (const method of ["GET", "HEAD"]) {
        const answer = await world.send(path, { method, headers });
        expect(answer.status).toBe(200);
        expect(corsHeaders(answer)).toEqual({ "access-control-allow-origin": "*" });
      }
      const asked = await preflight(origin, path);
      expect([asked.status, corsHeaders(asked)]).toEqual([
        204,
        {
          "access-control-allow-origin": "*",
          "access-control-allow-methods": "GET",
          "access-control-allow-headers": "content-type",
          "access-control-max-age": "7200",
        },
      ]);
    },
  );

  it("refuses a write from another origin", async () => {
    const headers = { Origin: "https://evil.example", "Content-Type": "application/json" };
    const answer = await world.send(path, { method: "POST", headers, body: "{}" });
    expect([answer.status, corsHeaders(answer)]).toEqual([403, {}]);
  });
});

it("only a listed origin can read the answer to headers that are too large", async () => {
  const refused = async (origin: string) => {
    const headers = { Origin: origin, "X-Large": "x".repeat(17_000) };
    return world.send("/v1/verifications/vrf_x", { headers });
  };
  const [listed, other] = [await refused(app), await refused("https://evil.example")];
  expect([listed.status, other.status]).toEqual([431, 431]);
  expect(listed.headers.get("Access-Control-Allow-Origin")).toBe(app);
  expect(corsHeaders(other)).toEqual({});
});

it("without a valid configuration there is no list of origins, so every origin can read the answers", async () => {
  const broken = await createWorld({ env: { ALLOWED_ORIGINS: app, PURPOSES: "nonsense" } });
  for (const path of forAll) {
    const answer = await broken.send(path, { headers: { Origin: "https://evil.example" } });
    expect([path, corsHeaders(answer)]).toEqual([path, { "access-control-allow-origin": "*" }]);
  }
  for (const [path, status] of [
    ["/healthz", 503],
    ["/problems/invalid_request", 200],
    ["/v1/verifications/vrf_x", 503],
  ] as const) {
    const answer = await broken.send(path, { headers: { Origin: app } });
    expect([path, answer.status, corsHeaders(answer)]).toEqual([path, status, {}]);
  }
  const written = await broken.post(
    "/v1/verifications",
    { to },
    { Origin: "https://evil.example" },
  );
  expect(await written.json()).toMatchObject({ code: "not_configured" });
});

describe("a caller that is not a page of another origin", () => {
  it("passes without an origin, and gets no CORS headers", async () => {
    const answer = await world.post("/v1/verifications", { to });
    expect(answer.status).toBe(201);
    expect(corsHeaders(answer)).toEqual({});
    expect(corsHeaders(await preflight(undefined))).toEqual({});
  });

  it("passes with the Worker's own origin", async () => {
    const answer = await world.post("/v1/verifications", { to }, { Origin: workerOrigin });
    expect(answer.status).toBe(201);
  });

  it("passes in production with the issuer's origin and with the request's host, only with https", async () => {
    const issuer = "https://auth.example.com";
    const env = { ISSUER: issuer, TWILIO_BASE_URL: "", ALLOWED_COUNTRIES: "US" };
    const live = await createWorld({ env });
    const from = async (host: string, origin: string) => {
      const init = { method: "DELETE", headers: { Origin: origin } };
      return (await live.send(`${host}/v1/verifications/vrf_x`, init)).status;
    };
    expect(await from(issuer, issuer)).toBe(404);
    const other = "https://phonegate.workers.dev";
    expect(await from(other, issuer)).toBe(404);
    expect(await from(other, other)).toBe(404);
    expect(await from(issuer, other)).toBe(403);
    expect(await from(issuer, "http://auth.example.com")).toBe(403);
  });
});

const ofThisMachine = [
  "http://localhost:3001",
  "http://127.0.0.1:3000",
  "http://[::1]:3000",
  "https://localhost:3000",
  "http://shop.localhost:5173",
];

describe("a page on this machine, on any port,", () => {
  it.each(ofThisMachine)("is allowed in development: %s", async (origin) => {
    const answer = await world.post("/v1/verifications", { to }, { Origin: origin });
    expect([answer.status, answer.headers.get("Access-Control-Allow-Origin")]).toEqual([
      201,
      origin,
    ]);
  });

  it.each(ofThisMachine)("is refused in production: %s", async (origin) => {
    const env = {
      ISSUER: "https://auth.example.com",
      TWILIO_BASE_URL: "",
      ALLOWED_COUNTRIES: "US",
    };
    const live = await createWorld({ env });
    const said = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const answer = await live.post("/v1/verifications", { to }, { Origin: origin });
    expect([answer.status, corsHeaders(answer)]).toEqual([403, {}]);
    expect(said.mock.calls).toEqual([]);
  });
});

describe("in development", () => {
  it("a refused page is reported to the developer, also for its preflight and its reads", async () => {
    const said = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const page = "http://192.168.1.5:8943";
    await preflight(page);
    await world.send("/v1/config", { headers: { Origin: page } });
    const line = `A page of "${page}" was refused: add it to ALLOWED_ORIGINS in .dev.vars and start again.`;
    expect(said.mock.calls).toEqual([[line], [line]]);
  });

  it("a reported page is allowed after it is listed", async () => {
    const page = "http://192.168.1.5:8943";
    const mended = await createWorld({ env: { ALLOWED_ORIGINS: page } });
    const answer = await mended.post("/v1/verifications", { to }, { Origin: page });
    expect([answer.status, answer.headers.get("Access-Control-Allow-Origin")]).toEqual([201, page]);
  });

  it.each([
    "http://evil.example:8787",
    "http://127.0.0.1.evil.example:8787",
    "http://localhost.evil.example:8787",
    "http://192.168.1.5:8787",
  ])(
    "a foreign name that resolves to this machine is not allowed: %s (DNS rebinding)",
    async (host) => {
      const headers = { Origin: host, "Content-Type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify({ to }) };
      const answer = await world.send(`${host}/v1/verifications`, init);
      expect(answer.status).toBe(403);
      expect(corsHeaders(answer)).toEqual({});
      expect(world.outgoing).toEqual([]);
    },
  );

  it.each(["http://127.0.0.1:8787", "http://localhost:8787", "http://[::1]:8787"])(
    "%s is",
    async (host) => {
      const headers = { Origin: host, "Content-Type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify({ to }) };
      expect((await world.send(`${host}/v1/verifications`, init)).status).toBe(201);
    },
  );
});

describe("a listed address of this machine, in development,", () => {
  const own = "http://192.168.1.5:8787";
  const open = () => createWorld({ env: { ALLOWED_ORIGINS: own } });
  const statusOf = async (host: string, origin: string) => {
    const headers = { Origin: origin, "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify({ to }) };
    return (await (await open()).send(`${host}/v1/verifications`, init)).status;
  };

  it("allows its pages on any port", async () => {
    expect(await statusOf(own, own)).toBe(201);
    expect(await statusOf(own, "http://192.168.1.5:5173")).toBe(201);
  });

  it("allows no page of another address, and none of a name that resolves to it", async () => {
    expect(await statusOf(own, "http://192.168.1.6:5173")).toBe(403);
    expect(await statusOf("http://evil.example:8787", "http://evil.example:5173")).toBe(403);
    expect(await statusOf("http://192.168.1.5:9999", "http://192.168.1.5:5173")).toBe(403);
  });
});
