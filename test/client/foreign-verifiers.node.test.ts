// A backend can verify the tokens with a JWT library of its own choice. The tokens are real, and
// the JWKS comes over HTTP.
import { createPublicKey, type KeyObject } from "node:crypto";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { customFetch, validateJwtAccessToken, type AuthorizationServer } from "oauth4webapi";
import { describe, expect, it } from "vitest";
import { createSigningJwk } from "../../src/cli/keys.ts";
import { createVerifier } from "../../src/client/verify.ts";
import { importSigningKeys } from "../../src/lib/signing-key.ts";
import { signingAlgorithms, type SigningAlgorithm } from "../../src/lib/signing-key-parts.ts";
import { signAccessToken } from "../../src/session/access-token.ts";
import { publicKeySet } from "../../src/session/key-set.ts";

const issuer = "https://id.example.com";
const audience = "https://api.example.com";
const subject = "usr_someone";

/** Deploys a Worker that signs with this algorithm, and has a key of each kind. */
async function deployment(algorithm: SigningAlgorithm) {
  const first = await createSigningJwk(algorithm);
  const others = [
    await createSigningJwk("ES256"),
    await createSigningJwk("EdDSA"),
    await createSigningJwk("RS256"),
  ];
  const imported = await importSigningKeys(JSON.stringify({ keys: [first, ...others] }));
  if ("problems" in imported) throw new Error(imported.problems.join());
  const token = await signAccessToken(
    {
      subject,
      sessionId: "ses_one",
      clientId: "phonegate",
      authTimeSeconds: Math.floor(Date.now() / 1000),
      amr: ["sms"],
      acr: "aal1",
    },
    {},
    600,
    { issuer, audience, signingKeys: imported.keys },
    Date.now(),
  );
  const jwks = JSON.stringify(publicKeySet(imported.keys));
  const keySet = () => JSON.parse(jwks) as JSONWebKeySet;
  return { token, keySet, fetchKeys: async () => Response.json(keySet()) };
}

function forge(token: string): string {
  const [header, claims, signature = ""] = token.split(".");
  const other = signature.replace(/^./, (letter) => (letter === "A" ? "B" : "A"));
  return [header, claims, other].join(".");
}

type Deployment = Awaited<ReturnType<typeof deployment>>;

/** Resolves to the subject of a token for the audience `aud`, or rejects. */
type Verify = (of: Deployment, token: string, aud: string) => Promise<string | undefined>;

const ours: Verify = async ({ fetchKeys }, token, aud) => {
  const verifier = createVerifier({ issuer, audience: aud, fetch: fetchKeys });
  return (await verifier.verifyAccessToken(token)).subject;
};
const jose: Verify = async ({ keySet }, token, aud) => {
  const options = { issuer, audience: aud, typ: "at+jwt", algorithms: [...signingAlgorithms] };
  return (await jwtVerify(token, createLocalJWKSet(keySet()), options)).payload.sub;
};
const rfc9068: Verify = async ({ fetchKeys }, token, aud) => {
  const server: AuthorizationServer = { issuer, jwks_uri: `${issuer}/.well-known/jwks.json` };
  const request = new Request(aud, { headers: { Authorization: `Bearer ${token}` } });
  const options = { [customFetch]: fetchKeys, signingAlgorithms: [...signingAlgorithms] };
  return (await validateJwtAccessToken(server, request, aud, options)).sub;
};
const openssl: Verify = async ({ keySet }, token, aud) => {
  const kid = jsonwebtoken.decode(token, { complete: true })?.header.kid;
  const jwk = keySet().keys.find((key) => key.kid === kid);
  if (jwk === undefined) throw new Error("unknown kid");
  const key: KeyObject = createPublicKey({ key: { ...jwk }, format: "jwk" });
  const options = { issuer, audience: aud, algorithms: ["ES256" as const, "RS256" as const] };
  return jsonwebtoken.verify(token, key, options).sub as string;
};

describe.each<[string, SigningAlgorithm, Verify]>([
  ["our own verifier", "ES256", ours],
  ["our own verifier", "EdDSA", ours],
  ["our own verifier", "RS256", ours],
  ["jose", "ES256", jose],
  ["jose", "EdDSA", jose],
  ["jose", "RS256", jose],
  ["oauth4webapi, strictly by RFC 9068", "ES256", rfc9068],
  ["oauth4webapi, strictly by RFC 9068", "EdDSA", rfc9068],
  ["oauth4webapi, strictly by RFC 9068", "RS256", rfc9068],
  // jsonwebtoken does not support EdDSA.
  ["jsonwebtoken, by OpenSSL", "ES256", openssl],
  ["jsonwebtoken, by OpenSSL", "RS256", openssl],
])("%s, with a token signed by %s", async (_name, algorithm, verify) => {
  const deployed = await deployment(algorithm);

  it("refuses a token for another audience, and a token with a changed signature", async () => {
    const elsewhere = verify(deployed, deployed.token, "https://other.example.com");
    await expect(elsewhere).rejects.toThrow(/aud/);
    const forged = verify(deployed, forge(deployed.token), audience);
    await expect(forged).rejects.toThrow(/signature/);
  });

  it("accepts the token", async () => {
    expect(await verify(deployed, deployed.token, audience)).toBe(subject);
  });
});
