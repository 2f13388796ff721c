// Who trusts no verifier of ours verifies our tokens with the library he has: real tokens, and the
// JWKS as it goes over the wire.
import { createPublicKey, randomBytes, type KeyObject } from "node:crypto";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { customFetch, validateJwtAccessToken, type AuthorizationServer } from "oauth4webapi";
import { describe, expect, it } from "vitest";
import { createVerifier } from "../../src/client/verify.ts";
import { importSigningKeys } from "../../src/lib/signing-key.ts";
import { openSession } from "../../src/session/access-token.ts";
import { publicKeySet } from "../../src/session/key-set.ts";
import { signingJwk } from "../helpers/keys.ts";

const issuer = "https://id.example.com";
const audience = "https://api.example.com";

const imported = await importSigningKeys(
  JSON.stringify({ keys: [await signingJwk("key-1"), await signingJwk("key-2")] }),
);
if ("problems" in imported) throw new Error(imported.problems.join());
const signingKeys = imported.keys;
const jwks = JSON.stringify(publicKeySet(signingKeys));
const keySet = () => JSON.parse(jwks) as JSONWebKeySet;
const fetchKeys = async () => Response.json(keySet());

const { access_token: token, subject } = await openSession(
  { to: "+12015550123", channel: "sms" },
  {
    issuer,
    audience,
    clientId: "phonegate",
    accessTokenLifetimeSeconds: 600,
    signingKeys,
    subjectKey: new Uint8Array(randomBytes(32)),
  },
  Date.now(),
);
const signature = token.split(".")[2] ?? "";
const otherSignature = signature.replace(/^./, (letter) => (letter === "A" ? "B" : "A"));
const forged = token.replace(signature, otherSignature);

/** Each gives the subject of a token that is for `aud`, or rejects. */
const verifiers: Record<string, (token: string, aud: string) => Promise<string | undefined>> = {
  "our own verifier": async (jwt, aud) => {
    const verifier = createVerifier({ issuer, audience: aud, fetch: fetchKeys });
    return (await verifier.verifyAccessToken(jwt)).subject;
  },
  jose: async (jwt, aud) => {
    const options = { issuer, audience: aud, typ: "at+jwt", algorithms: ["ES256"] };
    return (await jwtVerify(jwt, createLocalJWKSet(keySet()), options)).payload.sub;
  },
  "oauth4webapi, as RFC 9068 says": async (jwt, aud) => {
    const server: AuthorizationServer = { issuer, jwks_uri: `${issuer}/.well-known/jwks.json` };
    const request = new Request(aud, { headers: { Authorization: `Bearer ${jwt}` } });
    const options = { [customFetch]: fetchKeys, signingAlgorithms: ["ES256"] };
    return (await validateJwtAccessToken(server, request, aud, options)).sub;
  },
  "jsonwebtoken, by OpenSSL": async (jwt, aud) => {
    const kid = jsonwebtoken.decode(jwt, { complete: true })?.header.kid;
    const jwk = keySet().keys.find((key) => key.kid === kid);
    if (jwk === undefined) throw new Error("unknown kid");
    const key: KeyObject = createPublicKey({ key: { ...jwk }, format: "jwk" });
    const options = { issuer, audience: aud, algorithms: ["ES256" as const] };
    return jsonwebtoken.verify(jwt, key, options).sub as string;
  },
};

describe.each(Object.entries(verifiers))("%s", (_name, verify) => {
  it("refuses our token for another audience, and with another signature", async () => {
    await expect(verify(token, "https://other.example.com")).rejects.toThrow(/aud/);
    await expect(verify(forged, audience)).rejects.toThrow(/signature/);
  });

  it("accepts our access token", async () => {
    expect(await verify(token, audience)).toBe(subject);
  });
});
