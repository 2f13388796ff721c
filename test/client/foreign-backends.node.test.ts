// Libraries that verify our access tokens in the shortest way that their pages show, against `npm start`.
import express from "express";
import { auth } from "express-oauth2-jwt-bearer";
import { createVerifier } from "fast-jwt";
import buildGetJwks from "get-jwks";
import { Hono } from "hono";
import { jwk } from "hono/jwk";
import { createRemoteJWKSet, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { JwksClient } from "jwks-rsa";
import type { AddressInfo } from "node:net";
import {
  allowInsecureRequests as oauthAllowsInsecure,
  ClientSecretBasic,
  introspectionRequest,
  processIntrospectionResponse,
  validateJwtAccessToken,
} from "oauth4webapi";
import {
  allowInsecureRequests,
  // Its default sends the key in the body, which Phonegate does not read.
  ClientSecretBasic as BasicSecret,
  discovery,
  tokenIntrospection,
} from "openid-client";
import { expect, it } from "vitest";
import { freePorts, Started } from "../cli/started.ts";
import { ProjectCopy } from "../cli/project-copy.ts";

const to = "+12015550123";

/** A deployment, and what a user has of it. `key` is the service key of `.dev.vars`. */
interface Place {
  readonly issuer: string;
  readonly token: string;
  readonly subject: string;
  readonly key: string;
}

const subOf = (answer: unknown): unknown =>
  typeof answer === "object" && answer !== null && "sub" in answer ? answer.sub : undefined;

/** Returns the `sub` of a good token, and fails for any other. */
type Verify = (place: Place, token: string) => Promise<unknown>;

async function running(): Promise<Place> {
  const [ports, copy] = [await freePorts(), await ProjectCopy.create()];
  const started = new Started(copy, { env: ports });
  await started.waitForOutput("Phonegate is running.");
  const issuer = `http://127.0.0.1:${ports.PORT}`;
  const post = async (path: string, body: object): Promise<Record<string, string>> => {
    const headers = { "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    return (await fetch(issuer + path, init)).json();
  };
  const { id } = await post("/v1/verifications", { to });
  const inbox = `http://127.0.0.1:${ports.TWIN_PORT}/inbox.json?to=${encodeURIComponent(to)}`;
  const [text] = (await (await fetch(inbox)).json()) as { code: string }[];
  const { access_token: token = "", subject = "" } = await post(`/v1/verifications/${id}/check`, {
    code: text?.code,
  });
  const [, key = ""] = /^# (sk_\S+)$/m.exec(await copy.read(".dev.vars")) ?? [];
  return { issuer, token, subject, key };
}

const josesKeys: Verify = async ({ issuer }, token) => {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
  const options = { issuer, audience: issuer, typ: "at+jwt" };
  return (await jwtVerify(token, keys, options)).payload.sub;
};

const expressBearer: Verify = async ({ issuer }, token) => {
  const app = express();
  app.use(auth({ issuerBaseURL: issuer, audience: issuer }));
  app.get("/", (req, res) => void res.json({ sub: req.auth?.payload.sub }));
  const server = app.listen(0, "127.0.0.1");
  try {
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers });
    if (!answer.ok) throw new Error(`refused: ${answer.status}`);
    return subOf(await answer.json());
  } finally {
    server.close();
  }
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const fastJwt: Verify = async ({ issuer }, token) => {
  const getJwks = buildGetJwks({ issuersWhitelist: [issuer] });
  const verify = createVerifier({
    allowedIss: issuer,
    allowedAud: issuer,
    key: async ({ header }: { header: Record<string, unknown> }) =>
      getJwks.getPublicKey({ kid: text(header.kid), alg: text(header.alg), domain: issuer }),
  });
  return ((await verify(token)) as { sub: string }).sub;
};

const honoJwk: Verify = async ({ issuer }, token) => {
  const app = new Hono<{ Variables: { jwtPayload: { sub: string } } }>();
  const jwks_uri = `${issuer}/.well-known/jwks.json`;
  app.use(
    jwk({ jwks_uri, alg: ["ES256"], verification: { iss: issuer, aud: issuer, typ: "at+jwt" } }),
  );
  app.get("/", (c) => c.json({ sub: c.var.jwtPayload.sub }));
  const answer = await app.request("/", { headers: { Authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`refused: ${answer.status}`);
  return subOf(await answer.json());
};

const jwksRsa: Verify = async ({ issuer }, token) => {
  const client = new JwksClient({ jwksUri: `${issuer}/.well-known/jwks.json` });
  const { header } = jsonwebtoken.decode(token, { complete: true }) ?? {};
  const key = await client.getSigningKey(header?.kid);
  const options = { issuer, audience: issuer, algorithms: ["ES256" as const] };
  return jsonwebtoken.verify(token, key.getPublicKey(), options).sub;
};

const find = ({ issuer, key }: Place) =>
  discovery(new URL(issuer), "my-backend", key, BasicSecret(key), {
    execute: [allowInsecureRequests],
  });

const oauthStrict: Verify = async (place, token) => {
  const server = (await find(place)).serverMetadata();
  const request = new Request(place.issuer, { headers: { Authorization: `Bearer ${token}` } });
  const options = { signingAlgorithms: ["ES256"], [oauthAllowsInsecure]: true };
  return (await validateJwtAccessToken(server, request, place.issuer, options)).sub;
};

const oauthIntrospection: Verify = async (place, token) => {
  const server = (await find(place)).serverMetadata();
  const client = { client_id: "my-backend" };
  const by = ClientSecretBasic(place.key);
  const answer = await introspectionRequest(server, client, by, token, {
    [oauthAllowsInsecure]: true,
  });
  const told = await processIntrospectionResponse(server, client, answer);
  if (!told.active) throw new Error("inactive");
  expect(told.phone_number).toBe(to);
  return told.sub;
};

const openidIntrospection: Verify = async (place, token) => {
  const told = await tokenIntrospection(await find(place), token);
  if (!told.active) throw new Error("inactive");
  return told.sub;
};

const libraries: Readonly<Record<string, Verify>> = {
  "jose, by the remote key set": josesKeys,
  "express-oauth2-jwt-bearer, by issuer and audience": expressBearer,
  "get-jwks and fast-jwt": fastJwt,
  "hono/jwk": honoJwk,
  "jsonwebtoken and jwks-rsa": jwksRsa,
  "oauth4webapi, strictly by RFC 9068": oauthStrict,
  "oauth4webapi, by introspection with HTTP Basic": oauthIntrospection,
  "openid-client, by introspection": openidIntrospection,
};

it("eight libraries accept our token and refuse a forged one, each in its shortest configuration", async () => {
  const place = await running();
  const [header, claims, signature = ""] = place.token.split(".");
  const forged = [header, claims, signature.split("").toReversed().join("")].join(".");
  const verdicts = await Promise.all(
    Object.entries(libraries).map(async ([name, verify]) => {
      const good = await verify(place, place.token).catch((error: unknown) => String(error));
      const bad = await verify(place, forged).then(
        () => "accepted",
        () => "refused",
      );
      return [name, { good, bad }] as const;
    }),
  );
  const expected = Object.keys(libraries).map((name) => [
    name,
    { good: place.subject, bad: "refused" },
  ]);
  expect(Object.fromEntries(verdicts)).toEqual(Object.fromEntries(expected));
}, 180_000);
