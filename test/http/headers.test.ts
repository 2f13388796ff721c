import { beforeEach, describe, expect, it } from "vitest";
import { createWorld, start, workerOrigin, type World } from "../helpers/world.ts";

const to = "+12015550123";
const app = "https://app.example.com";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let world: World;
beforeEach(async () => {
  world = await createWorld({ env: { ALLOWED_ORIGINS: app } });
});

function expectHeaders(response: Response, cacheControl = "no-store"): void {
  const { headers } = response;
  expect(headers.get("Cache-Control")).toBe(cacheControl);
  expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(headers.get("Referrer-Policy")).toBe("no-referrer");
  expect(headers.get("Strict-Transport-Security")).toBe("max-age=31536000");
  expect(headers.get("X-Request-Id")).toMatch(uuid);
  const vary = (headers.get("Vary") ?? "").split(",").map((name) => name.trim().toLowerCase());
  expect(vary.filter((name) => name === "origin")).toHaveLength(1);
  expect(headers.has("X-Powered-By") || headers.has("Server")).toBe(false);
}

const json = { "Content-Type": "application/json" };

describe.each([
  ["no origin", {}],
  ["its own", { Origin: workerOrigin }],
  ["a listed one", { Origin: app }],
  ["a foreign one", { Origin: "https://evil.example" }],
])("the headers of an answer to %s", (who, origin) => {
  it.each([
    ["GET", "/healthz", 200],
    ["HEAD", "/healthz", 200],
    ["GET", "/nothing", 404],
    ["GET", "/v1/verifications/vrf_x", 404],
    ["GET", "/v1/verifications", 405],
    ["POST", "/healthz", 405],
    ["GET", "/problems/nothing", 404],
  ])("%s %s are complete", async (method, path, status) => {
    const response = await world.send(path, { method, headers: { ...origin } });
    const isRefused = method === "POST" && who === "a foreign one";
    expect(response.status).toBe(isRefused ? 403 : status);
    expectHeaders(response);
  });

  it("are complete on a start, a refused start and a preflight", async () => {
    const headers = { ...json, ...origin };
    for (const body of [{ to }, { to: "" }, { to: "+1" }, {}]) {
      expectHeaders(await world.post("/v1/verifications", body, headers));
    }
    const asked = { ...origin, "Access-Control-Request-Method": "POST" };
    const preflight = await world.send("/v1/verifications", { method: "OPTIONS", headers: asked });
    expectHeaders(preflight);
  });
});

describe("the headers of an answer", () => {
  it("are complete on every request from a start to a sign-out", async () => {
    const { id, code } = await start(world, to);
    const path = `/v1/verifications/${id}`;
    world.clock.nowMs += 30_000;
    const answers = [
      await world.send(path),
      await world.post(`${path}/resend`, {}),
      await world.post(`${path}/check`, { code }),
      await world.send(path, { method: "DELETE" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 204]);
    answers.forEach((answer) => expectHeaders(answer));
  });

  it("are complete on 415, 413, 431, 429, 500, 502 and 503", async () => {
    const statuses: number[] = [];
    const check = (response: Response) => {
      expectHeaders(response);
      statuses.push(response.status);
    };
    const post = { method: "POST" };
    check(await world.send("/v1/verifications", { ...post, body: "x" }));
    check(
      await world.send("/v1/verifications", { ...post, headers: json, body: "x".repeat(9000) }),
    );
    check(await world.send("/healthz", { headers: { Cookie: "x".repeat(20_000) } }));

    await world.fault({ count: 1, body: "html" });
    check(await world.post("/v1/verifications", { to }));
    await world.fault({ count: 1, status: 500 });
    check(await world.post("/v1/verifications", { to }));

    const limited = await createWorld({ env: { LIMIT_SEND_PER_IP: "1/1h" } });
    const headers = { "CF-Connecting-IP": "192.0.2.77" };
    await limited.post("/v1/verifications", { to }, headers);
    check(await limited.post("/v1/verifications", { to }, headers));

    const closed = await createWorld({ env: { PEPPERS: "" } });
    check(await closed.send("/healthz"));
    check(await closed.send("/v1/verifications"));

    const broken = await createWorld();
    breakClock(broken);
    check(await broken.post("/v1/verifications", { to }));
    expect(statuses).toEqual([415, 413, 431, 502, 503, 429, 503, 503, 500]);
  });

  it("let caches store only the JWKS and the problem pages", async () => {
    expectHeaders(await world.send("/.well-known/jwks.json"), "public, max-age=300");
    expectHeaders(await world.send("/problems/not_found"), "public, max-age=3600");
    const closed = await createWorld({ env: { SIGNING_KEYS: "x" } });
    expectHeaders(await closed.send("/.well-known/jwks.json"));
  });

  it("have a new request id, which is also in the problem and in the log", async () => {
    const [one, two] = [await world.send("/nothing"), await world.send("/nothing")];
    const id = one.headers.get("X-Request-Id");
    expect(two.headers.get("X-Request-Id")).not.toBe(id);
    expect(await one.json()).toMatchObject({ request_id: id });
    const told = world.lines.filter((line) => line.includes(`"request_id":"${id}"`));
    expect(told.some((line) => line.includes('"event":"request.refused"'))).toBe(true);
  });

  it("never use a caller's request id", async () => {
    const response = await world.send("/nothing", { headers: { "X-Request-Id": "forged" } });
    expect(response.headers.get("X-Request-Id")).toMatch(uuid);
  });
});

describe("the headers of a request", () => {
  it.each([
    ["one long header", { "X-Long": "x".repeat(16 * 1024) }],
    ["100 KB of cookies", { Cookie: "c=".padEnd(100_000, "x") }],
    [
      "a thousand small headers",
      Object.fromEntries(
        Array.from({ length: 1000 }, (_, index) => [`X-Header-${index}`, "12345"]),
      ),
    ],
  ])("are 431 with %s, before the body is read and on any path", async (_what, headers) => {
    for (const path of ["/v1/verifications", "/healthz", "/.well-known/jwks.json", "/nothing"]) {
      let pulled = 0;
      const body = new ReadableStream<Uint8Array>(
        { pull: () => void (pulled += 1) },
        { highWaterMark: 0 },
      );
      const init = { method: "POST", headers: { ...json, ...headers }, body };
      const response = await world.send(path, init);
      expect([path, response.status, pulled]).toEqual([path, 431, 0]);
      expect(await response.json()).toMatchObject({ code: "headers_too_large" });
    }
    expect(world.outgoing).toEqual([]);
  });

  it("may be 15 KiB", async () => {
    const response = await world.post(
      "/v1/verifications",
      { to },
      { Cookie: "x".repeat(15 * 1024) },
    );
    expect(response.status).toBe(201);
  });
});

/** Makes the clock throw, as a bug would. */
function breakClock(broken: World): void {
  Object.defineProperty(broken.clock, "nowMs", {
    get: () => {
      throw new TypeError("a bug near +12015550123");
    },
  });
}

describe("a bug in the Worker", () => {
  it("is answered with 500 without the error's message, name or stack, and is logged as an alert", async () => {
    breakClock(world);
    const response = await world.post("/v1/verifications", { to });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      type: `${workerOrigin}/problems/internal_error`,
      title: "Something went wrong on our side",
      status: 500,
      detail: "Something went wrong on our side",
      code: "internal_error",
      request_id: response.headers.get("X-Request-Id"),
    });
    const alerts = world.lines.filter((line) => line.includes('"level":"alert"'));
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toContain("internal.error");
    expect(world.lines.join("\n")).not.toMatch(/a bug near|2015550123| at .*\.ts/);
  });

  it("is readable for a page of a listed origin", async () => {
    breakClock(world);
    const response = await world.post("/v1/verifications", { to }, { Origin: app });
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(app);
  });
});
