import { jwtVerify, createRemoteJWKSet, customFetch as joseFetch } from "jose";
import {
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
  processDiscoveryResponse,
} from "oauth4webapi";
import { describe, expect, it } from "vitest";
import { serviceKey, shopKey } from "../helpers/backend.ts";
import { signingJwk } from "../helpers/keys.ts";
import { recordedWorld } from "../helpers/recorder.ts";
import { createWorld, start, workerOrigin, type World } from "../helpers/world.ts";

const paths = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
const production = {
  ISSUER: "https://auth.example.com",
  TWILIO_BASE_URL: "",
  ALLOWED_COUNTRIES: "US",
};

const metadata = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  response_types_supported: [],
  grant_types_supported: [],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["ES256"],
  acr_values_supported: ["aal1", "aal2"],
  service_documentation: `${issuer}/docs`,
});

describe.each(paths)("%s", (path) => {
  it("names issuer and keys, and may be cached for five minutes", async () => {
    const world = await createWorld();
    const answer = await world.send(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toMatch(/^application\/json/);
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=300");
    expect(await answer.json()).toEqual(metadata(workerOrigin));
  });

  it("names the issuer, for a request to any host", async () => {
    const world = await createWorld({ env: production });
    const answer = await world.send(`https://phonegate.workers.dev${path}`);
    expect(await answer.json()).toEqual(metadata(production.ISSUER));
  });

  it("names the algorithms of all keys, that of the first key first", async () => {
    const keys = [await signingJwk("a", "RS256"), await signingJwk("b"), await signingJwk("c")];
    keys.push(await signingJwk("d", "EdDSA"));
    const world = await createWorld({ env: { SIGNING_KEYS: JSON.stringify({ keys }) } });
    expect(await (await world.send(path)).json()).toMatchObject({
      id_token_signing_alg_values_supported: ["RS256", "ES256", "EdDSA"],
    });
  });

  it("names introspection only if a service key may introspect", async () => {
    const listed = async (scopes: readonly string[]) => {
      const { entry } = await serviceKey("reports", [], shopKey, scopes);
      const world = await createWorld({ env: { SERVICE_KEYS: JSON.stringify([entry]) } });
      return (await world.send(path)).json();
    };
    expect(await listed(["subjects", "admin"])).toEqual(metadata(workerOrigin));
    expect(await listed(["introspect"])).toEqual({
      ...metadata(workerOrigin),
      introspection_endpoint: `${workerOrigin}/v1/introspect`,
      introspection_endpoint_auth_methods_supported: ["client_secret_basic"],
    });
  });

  it("names only endpoints that exist", async () => {
    const world = await createWorld();
    const document = await (await world.send(path)).json<Record<string, unknown>>();
    const addresses = Object.entries(document).filter(([name]) => /_(endpoint|uri)$/.test(name));
    expect(addresses.map(([name]) => name)).toEqual(["jwks_uri"]);
    for (const [, address] of addresses)
      expect((await world.send(String(address))).status).toBe(200);
  });

  it("calls no store and no provider", async () => {
    const { send, recorder } = await recordedWorld({ inBackground: [] });
    expect((await send(path, { method: "GET" })).status).toBe(200);
    expect(recorder.names()).toEqual([]);
  });

  it("is served while another setting is wrong, so that backends can start", async () => {
    const world = await createWorld({ env: { ...production, PEPPERS: "x" } });
    const answer = await world.send(path);
    expect([answer.status, await answer.json()]).toEqual([200, metadata(production.ISSUER)]);
  });

  it.each([{ SIGNING_KEYS: "x" }, { ISSUER: "auth.example.com" }])(
    "answers 503 while %j is wrong",
    async (wrong) => {
      const world = await createWorld({ env: { ...production, ...wrong } });
      const answer = await world.send(path);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: "not_configured" });
    },
  );
});

describe("a library that knows only the issuer", () => {
  const fetchOf = (world: World) => (url: string) => world.send(url);

  it.each(["oauth2", "oidc"] as const)("finds the keys (oauth4webapi, %s)", async (algorithm) => {
    const world = await createWorld();
    const issuer = new URL(workerOrigin);
    const found = await discoveryRequest(issuer, {
      algorithm,
      [customFetch]: fetchOf(world),
      [allowInsecureRequests]: true,
    });
    const { jwks_uri = "" } = await processDiscoveryResponse(issuer, found);
    const { id, code } = await start(world, "+12015550123");
    const checked = await world.post(`/v1/verifications/${id}/check`, { code });
    const { access_token } = await checked.json<{ access_token: string }>();
    const keys = createRemoteJWKSet(new URL(jwks_uri), { [joseFetch]: fetchOf(world) });
    const options = { issuer: workerOrigin, audience: workerOrigin, typ: "at+jwt" };
    const { payload } = await jwtVerify(access_token, keys, {
      ...options,
      currentDate: new Date(world.clock.nowMs),
    });
    expect(payload.acr).toBe("aal1");
  });

  it("refuses the document of another issuer", async () => {
    const world = await createWorld({ env: production });
    const answer = await world.send(paths[1] ?? "");
    const other = new URL("https://evil.example");
    await expect(processDiscoveryResponse(other, answer)).rejects.toThrow(/issuer/);
  });
});
