import { describe, expect, it, onTestFinished, vi } from "vitest";
import { TokenError } from "../../src/client/token-error.ts";
import { createVerifier, type VerifierOptions } from "../../src/client/verify.ts";
import {
  accessClaims,
  createIssuer,
  encode,
  issuerUrl,
  newKey,
  nowMs,
  nowSeconds,
  unsigned,
} from "./issuer.ts";

const issuer = await createIssuer();
const verifier = issuer.verifier();

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error("it was accepted"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TokenError)) throw error;
  return `${error.code}: ${error.reason}`;
}
const verdict = async (token: string | null | undefined) =>
  refusal(verifier.verifyAccessToken(token));

describe("an access token is refused", () => {
  it.each([undefined, null, ""])("when there is none: %j", async (token) => {
    expect(await verdict(token)).toBe("missing_token: missing");
  });

  it.each([
    "x",
    "a.b",
    "a.b.c",
    "a.b.c.d.e",
    "..",
    "eyJhbGciOiJub25lIn0.e30.",
    "Bearer a.b.c",
    " ",
    `${encode("[]")}.e30.AAAA`,
    `${encode('{"alg":')}.e30.AAAA`,
  ])("when it is not a JWT: %j", async (token) => {
    expect(await verdict(token)).toBe("invalid_token: malformed");
  });

  it("when it is not a string, whatever type JavaScript passes", async () => {
    expect(await verdict(["a.b.c"] as unknown as string)).toBe("invalid_token: malformed");
    expect(await verdict({} as unknown as string)).toBe("invalid_token: malformed");
  });

  it("when it is longer than 8 KiB, before it is parsed", async () => {
    const long = await issuer.accessToken({ claims: { padding: "x".repeat(50_000) } });
    expect(await verdict(long)).toBe("invalid_token: too_long");
    expect(await verdict("x".repeat(50_000))).toBe("invalid_token: too_long");
    const fitting = await issuer.accessToken({ claims: { padding: "x".repeat(5_500) } });
    expect(fitting.length).toBeGreaterThan(7_500);
    await verifier.verifyAccessToken(fitting);
  });

  it.each(["none", "None", "HS256", "RS384", "PS256", "ES384", "ES512", "Ed25519", "", 1, null])(
    "when its algorithm is %j",
    async (alg) => {
      const token = unsigned({ alg, typ: "at+jwt", kid: "key-1" }, accessClaims);
      expect(await verdict(token)).toBe("invalid_token: wrong_algorithm");
    },
  );

  it.each(["ES256", "EdDSA", "RS256"] as const)(
    "when its algorithm is not that of its %s key, although the issuer has a key for it",
    async (alg) => {
      const others = (["ES256", "EdDSA", "RS256"] as const).filter((name) => name !== alg);
      const key = await newKey("key-2", alg);
      const mixed = await createIssuer();
      mixed.published.push(key.publicJwk);
      for (const other of others) {
        const theirs = await newKey("key-2", other);
        const token = await mixed.accessToken({ key: theirs });
        const work = mixed.verifier().verifyAccessToken(token);
        await expect(work).rejects.toMatchObject({ reason: "unknown_key" });
      }
      const good = await mixed.accessToken({ key });
      expect((await mixed.verifier().verifyAccessToken(good)).sessionId).toBe("ses_one");
    },
  );

  it("when it is signed by HMAC with the public key's text as the secret", async () => {
    const head = [{ alg: "HS256", typ: "at+jwt", kid: "key-1" }, accessClaims]
      .map((part) => encode(JSON.stringify(part)))
      .join(".");
    const secret = new TextEncoder().encode(JSON.stringify(issuer.key.publicJwk));
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", secret, hmac, false, ["sign"]);
    const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(head));
    const token = `${head}.${encode(String.fromCharCode(...new Uint8Array(mac)))}`;
    expect(await verdict(token)).toBe("invalid_token: wrong_algorithm");
  });

  it.each(["jku", "x5u", "jwk", "x5c", "crit", "b64"])(
    "when its header has %s, also an empty one",
    async (name) => {
      const good = await issuer.accessToken();
      const [header = "", ...rest] = good.split(".");
      const parts = { ...(JSON.parse(atob(header)) as object), [name]: null };
      const token = [encode(JSON.stringify(parts)), ...rest].join(".");
      expect(await verdict(token)).toBe("invalid_token: wrong_header");
    },
  );

  it("when its header contains the key that signed it", async () => {
    const mine = await newKey("key-1");
    const token = await issuer.accessToken({ key: mine, header: { jwk: mine.publicJwk } });
    expect(await verdict(token)).toBe("invalid_token: wrong_header");
  });

  it("when another key signed it under the issuer's kid", async () => {
    const token = await issuer.accessToken({ key: await newKey("key-1") });
    expect(await verdict(token)).toBe("invalid_token: wrong_signature");
  });

  it.each(["", "AAAA", "A".repeat(86), "A".repeat(85)])(
    "when its signature is %j",
    async (signature) => {
      const [header, claims] = (await issuer.accessToken()).split(".");
      expect(await verdict(`${header}.${claims}.${signature}`)).toMatch(
        /^invalid_token: (malformed|wrong_signature)$/,
      );
    },
  );

  it("when one letter of its claims was changed", async () => {
    const token = unsigned({ alg: "ES256", typ: "at+jwt", kid: "key-1" }, accessClaims);
    const signature = (await issuer.accessToken()).split(".")[2] ?? "";
    expect(await verdict(token.replace("AAAA", signature))).toBe("invalid_token: wrong_signature");
  });

  it.each(["other", "", undefined, 1, ["key-1"], "__proto__"])(
    "when its kid is %j",
    async (kid) => {
      const token = unsigned({ alg: "ES256", typ: "at+jwt", kid }, accessClaims);
      expect(await verdict(token)).toBe("invalid_token: unknown_key");
    },
  );

  it.each(["proof+jwt", "JWT", "AT+JWT", "application/at+jwt", "at+jwt ", undefined, 1])(
    "when its type is %j",
    async (typ) => {
      const token = unsigned({ alg: "ES256", typ, kid: "key-1" }, accessClaims);
      expect(await verdict(token)).toBe("invalid_token: wrong_type");
    },
  );

  it.each([
    ["wrong_issuer", { iss: "https://evil.example.com" }],
    ["wrong_issuer", { iss: `${issuerUrl}/` }],
    ["wrong_issuer", { iss: undefined }],
    ["wrong_audience", { aud: "https://other.example.com" }],
    ["wrong_audience", { aud: undefined }],
    ["wrong_audience", { aud: [] }],
    ["wrong_audience", { aud: [issuerUrl] }],
    ["wrong_audience", { aud: [issuerUrl, "https://other.example.com"] }],
    ["wrong_claims", { exp: undefined }],
    ["wrong_claims", { exp: String(nowSeconds + 60) }],
    ["wrong_claims", { exp: nowSeconds + 60.5 }],
    ["wrong_claims", { exp: 1e300 }],
    ["wrong_claims", { exp: nowSeconds + 3, iat: nowSeconds + 3 }],
    ["wrong_claims", { iat: undefined }],
    ["wrong_claims", { iat: -1, auth_time: -1 }],
    ["wrong_claims", { nbf: "now" }],
    ["wrong_claims", { auth_time: undefined }],
    ["wrong_claims", { auth_time: String(nowSeconds) }],
    ["wrong_claims", { auth_time: nowSeconds + 3600 }],
    ["wrong_claims", { sub: undefined }],
    ["wrong_claims", { sub: "" }],
    ["wrong_claims", { sub: 7 }],
    ["wrong_claims", { sid: undefined }],
    ["wrong_claims", { client_id: undefined }],
    ["wrong_claims", { jti: undefined }],
    ["wrong_claims", { acr: undefined }],
    ["wrong_claims", { acr: "aal3" }],
    ["wrong_claims", { acr: ["aal2"] }],
    ["wrong_claims", { amr: undefined }],
    ["wrong_claims", { amr: "sms" }],
    ["wrong_claims", { amr: [] }],
    ["wrong_claims", { amr: ["sms", 1] }],
  ])("as %s when its signed claims have %j", async (reason, claims) => {
    const token = await issuer.accessToken({ claims });
    expect(await verdict(token)).toBe(`invalid_token: ${reason}`);
  });

  it("of another issuer, with a message that names both issuers when the token's one is an origin", async () => {
    const messageOf = async (iss: string) =>
      verifier
        .verifyAccessToken(await issuer.accessToken({ claims: { iss } }))
        .catch((error: unknown) => error instanceof Error && error.message);
    expect(await messageOf("http://localhost:8787")).toBe(
      `The token is of another issuer: http://localhost:8787, not ${issuerUrl}`,
    );
    expect(await messageOf('x"\r\nSet-Cookie: a=b')).toBe(
      `The token is of another issuer: none, not ${issuerUrl}`,
    );
  });

  it("when it is a proof, a refresh token, or a proof with the type of an access token", async () => {
    expect(await verdict(await issuer.proofToken())).toBe("invalid_token: wrong_type");
    expect(await verdict("rt_AQIDBAUGBwgJCgsMDQ4PEA")).toBe("invalid_token: malformed");
    const dressed = await issuer.proofToken({ header: { typ: "at+jwt" } });
    expect(await verdict(dressed)).toBe("invalid_token: wrong_audience");
    const sameAudience = issuer.verifier({ audience: "shop" });
    expect(await refusal(sameAudience.verifyAccessToken(dressed))).toBe(
      "invalid_token: wrong_claims",
    );
  });
});

describe("the times of an access token", () => {
  it.each([
    ["expired", { exp: nowSeconds - 5 }, { exp: nowSeconds - 4 }],
    ["not_yet_valid", { nbf: nowSeconds + 6 }, { nbf: nowSeconds + 5 }],
    ["not_yet_valid", { iat: nowSeconds + 6 }, { iat: nowSeconds + 5 }],
    ["wrong_claims", { auth_time: nowSeconds + 6 }, { auth_time: nowSeconds + 5 }],
  ])("may differ by five seconds: %s for %j, accepted for %j", async (reason, bad, good) => {
    expect(await verdict(await issuer.accessToken({ claims: bad }))).toBe(
      `invalid_token: ${reason}`,
    );
    await verifier.verifyAccessToken(await issuer.accessToken({ claims: good }));
  });

  it("may differ by the configured tolerance, which is at most a minute", async () => {
    const token = await issuer.accessToken({ claims: { exp: nowSeconds - 59 } });
    await issuer.verifier({ clockToleranceSeconds: 60 }).verifyAccessToken(token);
    const justOver = await issuer.accessToken({ claims: { exp: nowSeconds } });
    const strict = issuer.verifier({ clockToleranceSeconds: 0 });
    expect(await refusal(strict.verifyAccessToken(justOver))).toBe("invalid_token: expired");
  });
});

describe("a valid access token", () => {
  it("gives the number only when the issuer says that it is verified", async () => {
    const phone_number = "+12015550123";
    const numberIn = async (claims: Record<string, unknown>) =>
      (await verifier.verifyAccessToken(await issuer.accessToken({ claims }))).phoneNumber;
    expect(await numberIn({ phone_number, phone_number_verified: true })).toBe(phone_number);
    expect(await numberIn({ phone_number })).toBeUndefined();
    expect(await numberIn({ phone_number, phone_number_verified: "true" })).toBeUndefined();
    expect(await numberIn({})).toBeUndefined();
    const without = await issuer.accessToken({ claims: { phone_number_verified: true } });
    expect(await verdict(without)).toBe("invalid_token: wrong_claims");
  });

  it("gives the session, with all claims", async () => {
    const token = await issuer.accessToken({ claims: { role: "authenticated" } });
    expect(await verifier.verifyAccessToken(token)).toEqual({
      subject: "usr_someone",
      sessionId: "ses_one",
      clientId: "phonegate",
      acr: "aal1",
      amr: ["sms"],
      authenticatedAt: new Date(nowMs - 60_000),
      expiresAt: new Date(nowMs + 540_000),
      phoneNumber: undefined,
      isTest: false,
      claims: { ...accessClaims, role: "authenticated" },
    });
  });

  it("may be signed by EdDSA", async () => {
    const key = await newKey("ed-1", "EdDSA");
    const other = await createIssuer();
    other.published.push(key.publicJwk);
    const session = await other.verifier().verifyAccessToken(await other.accessToken({ key }));
    expect(session.sessionId).toBe("ses_one");
  });

  it("is accepted for the configured audience", async () => {
    const api = issuer.verifier({ audience: "https://api.example.com" });
    const token = await issuer.accessToken({ claims: { aud: "https://api.example.com" } });
    expect((await api.verifyAccessToken(token)).subject).toBe("usr_someone");
    expect(await verdict(token)).toBe("invalid_token: wrong_audience");
  });
});

describe("a session that must be stronger or fresher", () => {
  const withClaims = (claims: Record<string, unknown>) => issuer.accessToken({ claims });

  it("is too weak with aal1 when the backend requires aal2, and aal2 meets both requirements", async () => {
    const [weak, strong] = [await withClaims({ acr: "aal1" }), await withClaims({ acr: "aal2" })];
    expect(await refusal(verifier.verifyAccessToken(weak, { acr: "aal2" }))).toBe(
      "insufficient_user_authentication: too_weak",
    );
    for (const acr of ["aal1", "aal2"] as const)
      expect((await verifier.verifyAccessToken(strong, { acr })).acr).toBe("aal2");
    expect((await verifier.verifyAccessToken(weak, { acr: "aal1" })).acr).toBe("aal1");
  });

  it.each([
    [300, 306, 305],
    [0, 6, 5],
  ])(
    "with a maximum of %d s is too old after %d s and not after %d s",
    async (most, old, young) => {
      const aged = (seconds: number) =>
        withClaims({ auth_time: nowSeconds - seconds, iat: nowSeconds });
      const required = { maxAgeSeconds: most };
      expect(await refusal(verifier.verifyAccessToken(await aged(old), required))).toBe(
        "insufficient_user_authentication: too_old",
      );
      await verifier.verifyAccessToken(await aged(young), required);
    },
  );

  it("is refused when it is of another client than required, also when it is too weak", async () => {
    const token = await withClaims({ client_id: "shop", acr: "aal1" });
    for (const clientId of ["shop", ["phonegate", "shop"]])
      expect((await verifier.verifyAccessToken(token, { clientId })).clientId).toBe("shop");
    for (const clientId of ["bank", "sho", "shopp", ["phonegate", "bank"]])
      expect(await refusal(verifier.verifyAccessToken(token, { clientId, acr: "aal2" }))).toBe(
        "invalid_token: wrong_client",
      );
  });

  it("is refused as expired, not as too weak, when it is both", async () => {
    const token = await withClaims({ exp: nowSeconds - 10 });
    expect(await refusal(verifier.verifyAccessToken(token, { acr: "aal2" }))).toBe(
      "invalid_token: expired",
    );
  });

  it.each([
    [
      { maxAge: 300 },
      "The session requirement has no option maxAge, only acr, maxAgeSeconds, clientId",
    ],
    [{ acr: "aal3" }, "acr must be one of aal1, aal2"],
    [{ acr: undefined }, "acr must be one of aal1, aal2"],
    [{ maxAgeSeconds: undefined }, "maxAgeSeconds must be"],
    [{ maxAgeSeconds: -1 }, "maxAgeSeconds must be"],
    [{ maxAgeSeconds: Number.NaN }, "maxAgeSeconds must be"],
    [{ maxAgeSeconds: "300" }, "maxAgeSeconds must be"],
    [{ clientId: undefined }, "clientId must be a text or a list of texts"],
    [{ clientId: "" }, "clientId must be a text or a list of texts"],
    [{ clientId: [] }, "clientId must be a text or a list of texts"],
    [{ clientId: ["shop", undefined] }, "clientId must be a text or a list of texts"],
    [{ clientID: "shop" }, "no option clientID"],
  ])("cannot be required by %j", async (required, message) => {
    const token = await issuer.accessToken();
    const asked = verifier.verifyAccessToken(token, required as object);
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toBeInstanceOf(TypeError);
  });
});

describe("a required acr that a step-up cannot meet", () => {
  const warned = () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    onTestFinished(() => warn.mockRestore());
    return () => warn.mock.calls.map(([text]) => String(text));
  };
  const refuseTwice = async (local: string) => {
    const verifierOf = issuer.verifier({ issuer: local });
    const token = await issuer.accessToken({ claims: { iss: local, aud: local, acr: "aal1" } });
    for (const required of [{ acr: "aal2" }, { acr: "aal2", maxAgeSeconds: 300 }] as const)
      expect(await refusal(verifierOf.verifyAccessToken(token, required))).toBe(
        "insufficient_user_authentication: too_weak",
      );
    return token;
  };

  it("is explained on the console in development, once, without any part of the token", async () => {
    const warnings = warned();
    const token = await refuseTwice("http://127.0.0.1:8787");
    expect(warnings()).toEqual([expect.stringContaining("Require maxAgeSeconds instead")]);
    for (const part of token.split(".")) expect(warnings()[0]).not.toContain(part);
  });

  it("is explained for a proof too", async () => {
    const warnings = warned();
    const local = "http://localhost:8787";
    const proof = await issuer.proofToken({ claims: { iss: local, acr: "aal1", amr: ["sms"] } });
    const required = { purpose: "two_factor", subject: "customer-7", acr: "aal2" } as const;
    const judged = issuer
      .verifier({ issuer: local })
      .verifyProofToken(proof, { ...required, markUsed: () => true });
    expect(await refusal(judged)).toBe("insufficient_user_authentication: too_weak");
    expect(warnings()).toHaveLength(1);
  });

  it("writes nothing to the console in production, nor for a session that is only too old", async () => {
    const warnings = warned();
    await refuseTwice(issuerUrl);
    const local = "http://127.0.0.1:8787";
    const old = { iss: local, aud: local, auth_time: nowSeconds - 400, iat: nowSeconds };
    const asked = issuer
      .verifier({ issuer: local })
      .verifyAccessToken(await issuer.accessToken({ claims: old }), { maxAgeSeconds: 300 });
    expect(await refusal(asked)).toBe("insufficient_user_authentication: too_old");
    expect(warnings()).toEqual([]);
  });
});

describe("a verifier", () => {
  it.each([
    [{ issuer: "id.example.com" }, "issuer must be an https origin"],
    [{ issuer: `${issuerUrl}/` }, "issuer must be an https origin"],
    [{ issuer: "http://id.example.com" }, "issuer must be an https origin"],
    [{ issuer: undefined }, "issuer must be an https origin"],
    [{ audience: "" }, "audience must be a text"],
    [{ audience: undefined }, "audience must be a text"],
    [{ audience: [issuerUrl] }, "audience must be a text"],
    [{ clientId: 1 }, "clientId must be a text"],
    [{ clockToleranceSeconds: 61 }, "clockToleranceSeconds must be"],
    [{ clockToleranceSeconds: -1 }, "clockToleranceSeconds must be"],
    [{ clockToleranceSeconds: "5" }, "clockToleranceSeconds must be"],
    [{ fetch: null }, "fetch must be a function"],
    [{ now: 5 }, "now must be a function"],
    [{ audiance: "x", algorithms: ["none"] }, "no option audiance, algorithms, only issuer"],
  ])("refuses the options %j", (options, message) => {
    const all = { issuer: issuerUrl, ...options } as unknown as VerifierOptions;
    expect(() => createVerifier(all)).toThrow(message);
    expect(() => createVerifier(all)).toThrow(TypeError);
  });

  it("may trust an issuer on this machine without TLS", () => {
    expect(createVerifier({ issuer: "http://127.0.0.1:8787" }).issuer).toBe(
      "http://127.0.0.1:8787",
    );
  });

  it("puts no part of the token into its errors", async () => {
    const secret = "c2VjcmV0";
    const tokens = [
      secret,
      `${secret}.${secret}.${secret}`,
      unsigned({ alg: secret }, {}),
      unsigned({ alg: "ES256", typ: secret, kid: secret }, {}),
      unsigned({ alg: "ES256", typ: "at+jwt", kid: secret }, { sub: secret }),
      await issuer.accessToken({ claims: { iss: secret, sub: secret } }),
      await issuer.accessToken({ claims: { acr: secret } }),
      await issuer.accessToken({ claims: { exp: 1, sub: secret } }),
    ];
    for (const token of tokens) {
      const error: unknown = await verifier.verifyAccessToken(token).catch((e: unknown) => e);
      if (!(error instanceof TokenError)) throw new Error("it was accepted");
      const shown = [error.message, error.stack, JSON.stringify(error)].join(" ");
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(token);
      expect(error.cause).toBeUndefined();
    }
  });
});

describe("a token of a test number", () => {
  const accepting = () => issuer.verifier({ acceptTestNumbers: true });

  it.each([true, "true", 1, null, {}])("is refused, whatever `test` says: %j", async (test) => {
    const token = await issuer.accessToken({ claims: { test } });
    const work = verifier.verifyAccessToken(token);
    await expect(work).rejects.toMatchObject({ code: "invalid_token", reason: "test_number" });
  });

  it("is accepted with acceptTestNumbers, and the session says that it is a test number's", async () => {
    const claims = { test: true, phone_number: "+12015550199", phone_number_verified: false };
    const token = await issuer.accessToken({ claims });
    expect(await accepting().verifyAccessToken(token)).toMatchObject({
      isTest: true,
      phoneNumber: undefined,
    });
    const real = await accepting().verifyAccessToken(await issuer.accessToken());
    expect(real.isTest).toBe(false);
  });

  it("that is a proof is refused before it is marked as used, and accepted with acceptTestNumbers", async () => {
    let uses = 0;
    const required = {
      purpose: "two_factor",
      subject: "customer-7",
      markUsed: async () => {
        uses += 1;
        return true;
      },
    } as const;
    const token = await issuer.proofToken({ claims: { test: true } });
    const work = verifier.verifyProofToken(token, required);
    await expect(work).rejects.toMatchObject({ reason: "test_number" });
    expect(uses).toBe(0);
    expect(await accepting().verifyProofToken(token, required)).toMatchObject({ isTest: true });
    expect(uses).toBe(1);
  });

  it("is accepted or refused by an option that must be true or false", () => {
    for (const acceptTestNumbers of ["true", 1, null])
      expect(() =>
        issuer.verifier({ acceptTestNumbers: acceptTestNumbers as unknown as boolean }),
      ).toThrow("acceptTestNumbers must be true or false");
  });
});
