import fc from "fast-check";
import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { parseExtraClaims, type ExtraClaims } from "../../src/config/token-claims.ts";
import { importSigningKeys } from "../../src/lib/signing-key.ts";
import type { Keyring } from "../../src/lib/seal.ts";
import { signAccessToken } from "../../src/session/access-token.ts";
import { extraClaimsOf, sealExtraClaims } from "../../src/session/extra-claims.ts";
import { sealSessionNumber } from "../../src/session/session-number.ts";
import { signingJwk } from "../helpers/keys.ts";
import { runs } from "../helpers/runs.ts";

const keyOf = (version: number) => ({
  version,
  bytes: crypto.getRandomValues(new Uint8Array(32)),
});
const peppers: Keyring = [keyOf(1)];
const id = "ses_one";
const to = "+12015550123";

const familyWith = async (claims?: ExtraClaims, under = peppers) => ({
  sealedNumber: await sealSessionNumber(to, id, under),
  ...(claims && { sealedClaims: await sealExtraClaims(claims, id, under) }),
});

describe("the claims of a session beside ours", () => {
  it("are the deployment's, then the session's own, then the number", async () => {
    const settings = { phoneNumber: true, constant: { role: "anyone", plan: "free" } };
    const family = await familyWith({ role: "doctor" });
    expect(await extraClaimsOf(settings, id, family, peppers)).toEqual({
      role: "doctor",
      plan: "free",
      phone_number: to,
      phone_number_verified: true,
    });
  });

  it("hold the number only if the operator lists it", async () => {
    const settings = { phoneNumber: false, constant: {} };
    expect(await extraClaimsOf(settings, id, await familyWith(), peppers)).toEqual({});
  });

  it("of another session are ignored", async () => {
    const settings = { phoneNumber: false, constant: {} };
    const family = await familyWith({ role: "doctor" });
    expect(await extraClaimsOf(settings, "ses_two", family, peppers)).toBeUndefined();
  });

  it("are missing if the pepper of the session's own claims or of its number was removed", async () => {
    const family = await familyWith({ role: "doctor" }, [keyOf(2)]);
    for (const phoneNumber of [true, false])
      expect(
        await extraClaimsOf({ phoneNumber, constant: {} }, id, family, peppers),
      ).toBeUndefined();
  });

  it("whose name has become a claim of ours are refused: the user signs in again", async () => {
    const family = await familyWith({ sub: "usr_admin" });
    const settings = { phoneNumber: false, constant: {} };
    expect(await extraClaimsOf(settings, id, family, peppers)).toBeUndefined();
  });

  it("are stored sealed", async () => {
    const { sealedClaims } = { sealedClaims: "", ...(await familyWith({ role: "doctor" })) };
    expect(atob(sealedClaims.replaceAll("-", "+").replaceAll("_", "/"))).not.toContain("doctor");
  });
});

it("no extra claim replaces a claim of the token itself", async () => {
  const imported = await importSigningKeys(JSON.stringify({ keys: [await signingJwk("key-1")] }));
  if (!("keys" in imported)) throw new Error(imported.problems.join());
  const issuer = {
    issuer: "https://id.example.com",
    audience: "https://api.example.com",
    signingKeys: imported.keys,
  };
  const ours = {
    subject: "usr_someone",
    sessionId: id,
    clientId: "phonegate",
    authTimeSeconds: 1000,
    amr: ["sms"],
    acr: "aal1",
  } as const;
  const bare = decodeJwt(await signAccessToken(ours, {}, 600, issuer, 2_000_000));
  const names = fc.constantFrom(...Object.keys(bare), "nbf", "role", "__proto__", "constructor");
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, fc.jsonValue()), async (extra) => {
      const claims = decodeJwt(await signAccessToken(ours, extra, 600, issuer, 2_000_000));
      expect({ ...claims, jti: bare.jti }).toMatchObject(bare);
      expect(claims.jti).not.toBe(extra.jti);
      expect(parseExtraClaims(extra).kind).toBe(
        Object.keys(extra).every((name) => name === "role" || name === "constructor")
          ? "claims"
          : "refused",
      );
    }),
    { numRuns: runs(200) },
  );
});
