// Libraries get only the issuer, and run against `npm start`.
import { createRemoteJWKSet, jwtVerify } from "jose";
import {
  allowInsecureRequests as oauthAllowsInsecure,
  discoveryRequest,
  processDiscoveryResponse,
  validateJwtAccessToken,
} from "oauth4webapi";
import { allowInsecureRequests, discovery } from "openid-client";
import { expect, it } from "vitest";
import { ProjectCopy } from "../cli/project-copy.ts";
import { freePorts, Started } from "../cli/started.ts";

const to = "+12015550123";

async function running(): Promise<{ issuer: string; token: string }> {
  const ports = await freePorts();
  const started = new Started(await ProjectCopy.create(), { env: ports });
  await started.waitForOutput("Phonegate is running.");
  const issuer = `http://127.0.0.1:${ports.PORT}`;
  const post = async (path: string, body: object) => {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(issuer + path, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return (await answer.json()) as { id: string; access_token: string };
  };
  const { id } = await post("/v1/verifications", { to });
  const inbox = await fetch(
    `http://127.0.0.1:${ports.TWIN_PORT}/inbox.json?to=${encodeURIComponent(to)}`,
  );
  const [text] = (await inbox.json()) as { code: string }[];
  const { access_token: token } = await post(`/v1/verifications/${id}/check`, {
    code: text?.code,
  });
  return { issuer, token };
}

it("openid-client and oauth4webapi find the keys from the issuer, and the OpenAPI document names its server", async () => {
  const { issuer, token } = await running();
  for (const algorithm of ["oidc", "oauth2"] as const) {
    const options = { algorithm, execute: [allowInsecureRequests] };
    const found = await discovery(new URL(issuer), "backend", undefined, undefined, options);
    const { jwks_uri = "", authorization_endpoint, token_endpoint } = found.serverMetadata();
    expect([authorization_endpoint, token_endpoint]).toEqual([undefined, undefined]);
    const keys = createRemoteJWKSet(new URL(jwks_uri));
    const expected = { issuer, audience: issuer, typ: "at+jwt" };
    expect((await jwtVerify(token, keys, expected)).payload.client_id).toBe("phonegate");

    const url = new URL(issuer);
    const insecure = { [oauthAllowsInsecure]: true };
    const answer = await discoveryRequest(url, { algorithm, ...insecure });
    const server = await processDiscoveryResponse(url, answer);
    const request = new Request(issuer, { headers: { Authorization: `Bearer ${token}` } });
    const rfc9068 = { signingAlgorithms: ["ES256"], ...insecure };
    const claims = await validateJwtAccessToken(server, request, issuer, rfc9068);
    expect(claims.client_id).toBe("phonegate");
  }
  const document = (await (await fetch(`${issuer}/openapi.json`)).json()) as { servers: unknown };
  expect(document.servers).toEqual([{ url: issuer }]);
}, 180_000);
