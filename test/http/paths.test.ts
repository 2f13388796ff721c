import { beforeEach, describe, expect, it } from "vitest";
import { createWorld, start, type World } from "../helpers/world.ts";

const to = "+12015550123";
let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const routes: [string, string[]][] = [
  ["/healthz", ["GET"]],
  ["/problems/not_found", ["GET"]],
  ["/.well-known/jwks.json", ["GET"]],
  ["/.well-known/oauth-authorization-server", ["GET"]],
  ["/.well-known/openid-configuration", ["GET"]],
  ["/openapi.json", ["GET"]],
  ["/v1/verifications", ["POST"]],
  ["/v1/verifications/vrf_x", ["GET", "DELETE"]],
  ["/v1/verifications/vrf_x/check", ["POST"]],
  ["/v1/verifications/vrf_x/resend", ["POST"]],
];

describe("a path of the contract", () => {
  it.each(routes)(
    "%s is 405 for other methods, with the allowed methods",
    async (path, allowed) => {
      const others = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"].filter(
        (method) => !allowed.includes(method),
      );
      for (const method of others) {
        const response = await world.send(path, { method });
        expect([method, response.status]).toEqual([method, 405]);
        expect(response.headers.get("Allow")).toBe(allowed.join(", "));
        expect(await response.json()).toMatchObject({ code: "method_not_allowed", status: 405 });
      }
      expect(world.outgoing).toEqual([]);
    },
  );

  it.each(routes)("%s has no other spelling by case, slash or a further part", async (path) => {
    const [, first = "", ...rest] = path.split("/");
    for (const spelling of [
      `${path}/`,
      `/${path}`,
      `${path}//`,
      `${path}/x/y`,
      `/${[first.toUpperCase(), ...rest].join("/")}x`,
      `/x${path}`,
      `${path}%00`,
      `${path}.json`,
      `${path};x`,
    ]) {
      const response = await world.send(spelling, { method: "PUT" });
      // A parameter matches this spelling, so its route answers.
      if (/\/(problems|verifications)\/[^/]+$/.test(spelling))
        expect([404, 405]).toContain(response.status);
      else expect([spelling, response.status]).toEqual([spelling, 404]);
    }
  });

  it("answers HEAD like GET without a body", async () => {
    const response = await world.send("/healthz", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });
});

describe("an unknown path", () => {
  it.each([
    "/",
    "/v1",
    "/v1/",
    "/v1/verification",
    "/v1/session",
    "/v2/verifications",
    "/index.html",
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/%",
    "/%ZZ",
    "/%00",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/v1/verifications/vrf_x/approve",
    "/inbox.json",
    "/twin/clock",
  ])("%s is 404 not_found for every method", async (path) => {
    for (const method of ["GET", "POST", "DELETE"]) {
      const response = await world.send(path, { method });
      expect([method, response.status]).toEqual([method, 404]);
      expect(await response.json()).toMatchObject({ code: "not_found" });
    }
    expect(world.outgoing).toEqual([]);
  });
});

/** Spellings of a path that a proxy, a router and a filter may read differently. */
function variantsOf(path: string): string[] {
  const last = path.slice(path.lastIndexOf("/") + 1);
  const parent = path.slice(0, -last.length - 1);
  const encoded = last.split("").map((each) => `%${each.charCodeAt(0).toString(16)}`);
  return [
    path,
    `${path}/`,
    `${path}//`,
    `/${path}`,
    `${path}?x=1`,
    `${path}?`,
    `${path}#x`,
    `${parent}/${last.toUpperCase()}`,
    path.toUpperCase(),
    `${parent}//${last}`,
    `${parent}/./${last}`,
    `${parent}/x/../${last}`,
    `${path}/../${last}`,
    `${parent}/%2e/${last}`,
    `${parent}/x/%2E%2E/${last}`,
    `${parent}/${encoded[0]}${last.slice(1)}`,
    `${parent}/${last.slice(0, -1)}${encoded.at(-1)}`,
    `${parent}/${encoded.join("")}`,
    `${parent}/%25${encoded[0]?.slice(1)}${last.slice(1)}`,
    `${parent}%2F${last}`,
    `${parent}\\${last}`,
    `${path}%20`,
    `${path}%00`,
    `${path};a=b`,
    `${path}.`,
    `${path}.json`,
    `${parent}/\t${last}`,
    `${parent}/${last}\u200b`,
  ];
}

describe("another spelling of a path", () => {
  it("reaches the same send limit or no route", async () => {
    const limited = await createWorld({ env: { LIMIT_SEND_PER_IP: "1/1h" } });
    const headers = { "CF-Connecting-IP": "192.0.2.1" };
    expect((await limited.post("/v1/verifications", { to }, headers)).status).toBe(201);
    const statuses = new Set<number>();
    for (const path of variantsOf("/v1/verifications")) {
      const { status } = await limited.post(path, { to }, headers);
      expect([404, 405, 429], path).toContain(status);
      statuses.add(status);
    }
    // Some spellings reach the limiter, so this does not only test 404.
    expect(statuses).toContain(429);
    expect(limited.outgoing).toHaveLength(1);
  });

  it.each(["check", "resend"])("reaches the same limit of %ss or no route", async (action) => {
    const limited = await createWorld({
      env: { LIMIT_SEND_PER_IP: "2/1h", LIMIT_CHECK_PER_IP: "1/1h" },
    });
    const { id } = await start(limited, to);
    limited.clock.nowMs += 30_000;
    const path = `/v1/verifications/${id}/${action}`;
    const body = action === "check" ? { code: "0000" } : {};
    // The first check over the limit is still processed.
    const passing = action === "check" ? 2 : 1;
    for (let count = 0; count < passing; count += 1)
      expect([200, 422]).toContain((await limited.post(path, body)).status);
    const left = limited.outgoing.length;
    for (const variant of [
      ...variantsOf(path),
      path.replace("vrf_", "vrf%5F"),
      path.replace("vrf_", "%76rf_"),
    ])
      expect([404, 405, 429], variant).toContain((await limited.post(variant, body)).status);
    expect(limited.outgoing).toHaveLength(left);
  });

  it("reaches the same limit from another address of the same IPv6 /64, and without an address", async () => {
    const limited = await createWorld({ env: { LIMIT_SEND_PER_IP: "1/1h" } });
    const from = async (address: string) =>
      (await limited.post("/v1/verifications", { to }, { "CF-Connecting-IP": address })).status;
    expect(await from("2001:db8:1:2::1")).toBe(201);
    expect(await from("2001:db8:1:2:ffff::9")).toBe(429);
    expect(await from("2001:db8:1:3::1")).toBe(201);
    expect(await from("192.0.2.9")).toBe(201);
    expect(await from("::ffff:192.0.2.9")).toBe(429);
    expect(await from("garbage")).toBe(201);
    expect(await from("more garbage")).toBe(429);
    const forwarded = { "CF-Connecting-IP": "192.0.2.9", "X-Forwarded-For": "192.0.2.10" };
    expect((await limited.post("/v1/verifications", { to }, forwarded)).status).toBe(429);
  });
});
