// Pages in an app's shell (Capacitor, Ionic, Tauri) and in browser extensions.
import { describe, expect, it } from "vitest";
import { solved, turnstile } from "../helpers/guard.ts";
import { bearer } from "../helpers/session.ts";
import { createWorld, start, type World } from "../helpers/world.ts";

const to = "+12015550123";
const extension = `chrome-extension://${"abcdefghijklmnop".repeat(2)}`;
const shells = [
  "capacitor://localhost",
  "ionic://localhost",
  "tauri://localhost",
  extension,
  "moz-extension://0f1e2d3c-1111-4222-8333-444455556666",
  "safari-web-extension://0F1E2D3C-1111-4222-8333-444455556666",
  "app://obsidian.md",
];
/** The origins of the same shells on Android and Windows, which look like web origins. */
const local = ["http://tauri.localhost", "https://tauri.localhost", "https://localhost"];

/** Production settings, with which pages on this machine have no special rights. */
const production = {
  ISSUER: "https://auth.example.com",
  TWILIO_BASE_URL: "",
  ALLOWED_COUNTRIES: "US",
};

const createShellWorld = (origins: readonly string[]): Promise<World> =>
  createWorld({ env: { ALLOWED_ORIGINS: origins.join(",") } });

const corsOf = (answer: Response): Record<string, string> =>
  Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith("access-control-a")));

const preflight = (world: World, origin: string, path: string): Promise<Response> =>
  world.send(path, {
    method: "OPTIONS",
    headers: { Origin: origin, "Access-Control-Request-Method": "POST" },
  });

describe.each([...shells, ...local])("%s", (origin) => {
  it("signs in, refreshes and signs out with tokens that the page keeps itself", async () => {
    const world = await createShellWorld([origin]);
    const headers = { Origin: origin, "Sec-Fetch-Site": "cross-site" };
    const answer = await world.post("/v1/verifications", { to }, headers);
    expect([answer.status, corsOf(answer)]).toEqual([
      201,
      { "access-control-allow-origin": origin },
    ]);
    const { id } = (await answer.json()) as { id: string };
    const [text] = await world.inbox(to);
    const checked = await world.post(
      `/v1/verifications/${id}/check`,
      { code: text?.code },
      headers,
    );
    expect([checked.status, checked.headers.get("Access-Control-Allow-Origin")]).toEqual([
      200,
      origin,
    ]);
    const { refresh_token } = (await checked.json()) as { refresh_token: string };
    const refreshed = await world.post("/v1/sessions/refresh", { refresh_token }, headers);
    expect(refreshed.status).toBe(200);
    const { access_token } = (await refreshed.json()) as { access_token: string };
    const ended = await world.send("/v1/sessions/current", {
      method: "DELETE",
      headers: { ...headers, ...bearer({ access_token }) },
    });
    expect(ended.status).toBe(204);
  });

  it("is allowed only by its exact origin", async () => {
    const world = await createWorld({ env: { ...production, ALLOWED_ORIGINS: origin } });
    for (const other of [
      `${origin}/`,
      `${origin}:8100`,
      `${origin}.evil.example`,
      origin.replace("://", "://x"),
      origin.replace(/^[a-z]+/, "x-$&"),
      "null",
    ]) {
      const answer = await world.post("/v1/verifications", { to }, { Origin: other });
      expect([other, answer.status, corsOf(answer)]).toEqual([other, 403, {}]);
    }
    expect(world.outgoing).toEqual([]);
  });
});

describe.each(shells)("%s never gets a cookie:", (origin) => {
  it("no preflight and no answer allows credentials", async () => {
    const world = await createShellWorld([origin]);
    for (const path of [
      "/v1/verifications/vrf_x/check",
      "/v1/sessions/refresh",
      "/v1/sessions/current",
    ]) {
      const asked = await preflight(world, origin, path);
      expect([path, asked.status, corsOf(asked)["access-control-allow-origin"]]).toEqual([
        path,
        204,
        origin,
      ]);
      expect(corsOf(asked)).not.toHaveProperty("access-control-allow-credentials");
      const sent = await world.post(path, {}, { Origin: origin });
      expect(corsOf(sent)).not.toHaveProperty("access-control-allow-credentials");
    }
  });

  // WKWebView before 16.4 sends no Fetch Metadata. A shell never counts as the same site.
  it.each([{}, { "Sec-Fetch-Site": "same-site" }, { "Sec-Fetch-Site": "cross-site" }])(
    "the cookie transport is refused, and the code is not used (%j)",
    async (metadata) => {
      const world = await createShellWorld([origin]);
      const { id, code } = await start(world, to);
      const headers = { Origin: origin, ...metadata };
      const path = `/v1/verifications/${id}/check`;
      const refused = await world.post(path, { code, transport: "cookie" }, headers);
      expect([refused.status, refused.headers.get("Set-Cookie")]).toEqual([403, null]);
      expect(await refused.json()).toMatchObject({ code: "origin_not_allowed" });
      expect((await world.post(path, { code }, headers)).status).toBe(200);
    },
  );

  it("a cookie that is sent anyway refreshes nothing", async () => {
    const world = await createShellWorld([origin]);
    const { id, code } = await start(world, to);
    const checked = await world.post(`/v1/verifications/${id}/check`, { code });
    const { refresh_token } = (await checked.json()) as { refresh_token: string };
    const answer = await world.send("/v1/sessions/refresh", {
      method: "POST",
      headers: { Origin: origin, Cookie: `__Host-phonegate=${refresh_token}` },
    });
    expect([answer.status, await answer.json()]).toMatchObject([
      403,
      { code: "origin_not_allowed" },
    ]);
  });
});

it("a captcha that was solved on localhost does not count for a shell, because every laptop has a localhost", async () => {
  const env = { ...turnstile("always"), ALLOWED_ORIGINS: "capacitor://localhost" };
  const world = await createWorld({ env });
  const captcha_token = solved("twin-pass", { hostname: "localhost" });
  const answer = await world.post("/v1/verifications", { to, captcha_token });
  expect(await answer.json()).toMatchObject({ code: "captcha_failed" });
});
