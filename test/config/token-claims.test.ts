import { describe, expect, it } from "vitest";
import { parseExtraClaims, readTokenClaims } from "../../src/config/token-claims.ts";
import { EnvReader } from "../../src/lib/env-reader.ts";

function read(env: Record<string, unknown>) {
  const reader = new EnvReader(env);
  const claims = readTokenClaims(reader);
  return { claims, problems: reader.problems };
}

const extra = (TOKEN_EXTRA_CLAIMS: string) => read({ TOKEN_EXTRA_CLAIMS });

/** An object whose JSON has this many bytes. */
const ofBytes = (bytes: number) => JSON.stringify({ note: "x".repeat(bytes - 11) });

describe("TOKEN_CLAIMS", () => {
  it("is empty unless it is set, and may list phone_number", () => {
    expect(read({})).toEqual({ claims: { phoneNumber: false, constant: {} }, problems: [] });
    expect(read({ TOKEN_CLAIMS: "phone_number" }).claims.phoneNumber).toBe(true);
  });

  it.each(["email", "phone", "phone_number,phone_number", "phone_number,", "PHONE_NUMBER"])(
    "refuses %s",
    (TOKEN_CLAIMS) => {
      expect(read({ TOKEN_CLAIMS }).problems.join()).toMatch(/^TOKEN_CLAIMS: /);
    },
  );
});

describe("TOKEN_EXTRA_CLAIMS", () => {
  it("is a JSON object of constant claims", () => {
    const constant = { role: "authenticated", "https://hasura.io/jwt/claims": { a: [1, null] } };
    expect(extra(JSON.stringify(constant))).toEqual({
      claims: { phoneNumber: false, constant },
      problems: [],
    });
  });

  it.each(["role", "[]", "null", '"role"', "5", '{"role":"authenticated"', "{'role':'a'}"])(
    "that is not a JSON object is refused: %s",
    (text) => {
      expect(extra(text).problems).toEqual([
        'TOKEN_EXTRA_CLAIMS: must be a JSON object of claims, such as {"role":"authenticated"}',
      ]);
    },
  );

  it.each([
    ["sub", "iss", "aud", "exp", "nbf", "iat", "jti"],
    ["sid", "client_id", "auth_time", "amr", "acr"],
    ["phone_number", "phone_number_verified", "test"],
    ["scope", "nonce", "azp", "cnf", "act", "purpose", "txn"],
    ["__proto__"],
  ])("must not name a standard claim or a claim of Phonegate: %s", (...names) => {
    for (const name of names)
      expect(extra(`{"role":"a","${name}":"x"}`).problems).toEqual([
        `TOKEN_EXTRA_CLAIMS: must not name ${name}, which only Phonegate sets`,
      ]);
  });

  it("names all conflicting claims together", () => {
    expect(extra('{"sub":"x","sid":"y"}').problems).toEqual([
      "TOKEN_EXTRA_CLAIMS: must not name sub, sid, which only Phonegate sets",
    ]);
  });

  it("has at most 1 KiB of JSON, without spaces between its parts", () => {
    expect(extra(ofBytes(1024)).problems).toEqual([]);
    expect(extra(ofBytes(1024).replace(":", `:${" ".repeat(500)}`)).problems).toEqual([]);
    expect(extra(ofBytes(1025)).problems).toEqual([
      "TOKEN_EXTRA_CLAIMS: must have at most 1024 bytes",
    ]);
    expect(extra(JSON.stringify({ note: "é".repeat(600) })).problems).toHaveLength(1);
  });
});

it("an undefined value or a nested claim does not conflict with the token's own claims", () => {
  expect(parseExtraClaims({ app: { sub: "x" } })).toEqual({
    kind: "claims",
    claims: { app: { sub: "x" } },
  });
});
