import { describe, expect, it } from "vitest";
import type { ProofRequirements } from "../../src/client/requirements.ts";
import { TokenError } from "../../src/client/token-error.ts";
import { transactionHash } from "../../src/client/transaction-hash.ts";
import { createVerifier } from "../../src/client/verify.ts";
import { createIssuer, issuerUrl, newKey, nowMs, nowSeconds, proofClaims } from "./issuer.ts";

const issuer = await createIssuer();
const verifier = issuer.verifier();
const payment = { payee: "ACME GmbH", amount: "42.00" };
const paymentClaims = { purpose: "transaction", txn: await transactionHash(payment) };

/** Returns the record of used proofs that a backend keeps, like a table with a unique key. */
function memory() {
  const forgetAtById = new Map<string, Date>();
  const markUsed = (proofId: string, forgetAt: Date): boolean => {
    if (forgetAtById.has(proofId)) return false;
    forgetAtById.set(proofId, forgetAt);
    return true;
  };
  return { forgetAtById, markUsed };
}

const twoFactor = () =>
  ({ purpose: "two_factor", subject: "customer-7", markUsed: memory().markUsed }) as const;
const transaction = () =>
  ({ ...twoFactor(), purpose: "transaction", transaction: payment }) as const;

async function verdict(token: string, required: ProofRequirements): Promise<string> {
  const error: unknown = await verifier.verifyProofToken(token, required).then(
    () => new Error("it was accepted"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TokenError)) throw error;
  return `${error.code}: ${error.reason}`;
}

describe("a proof is refused", () => {
  it.each([
    ["another subject", { sub: "customer-8" }, "wrong_proof: other_subject"],
    ["another purpose", paymentClaims, "wrong_proof: other_purpose"],
    ["another client", { aud: "other-shop" }, "invalid_token: wrong_audience"],
    ["two clients", { aud: ["shop", "other-shop"] }, "invalid_token: wrong_audience"],
    ["another issuer", { iss: "https://evil.example.com" }, "invalid_token: wrong_issuer"],
    ["a time that is over", { exp: nowSeconds - 5 }, "invalid_token: expired"],
    ["no end", { exp: undefined }, "invalid_token: wrong_claims"],
    ["no jti", { jti: undefined }, "invalid_token: wrong_claims"],
    ["no purpose", { purpose: undefined }, "invalid_token: wrong_claims"],
    ["a purpose that gives no proofs", { purpose: "sign_in" }, "invalid_token: wrong_claims"],
    ["no subject", { sub: undefined }, "invalid_token: wrong_claims"],
    ["no acr", { acr: undefined }, "invalid_token: wrong_claims"],
  ])("for %s", async (_what, claims, expected) => {
    expect(await verdict(await issuer.proofToken({ claims }), twoFactor())).toBe(expected);
  });

  it.each([
    ["off by a cent", { ...payment, amount: "42.01" }],
    ["written in another way", { ...payment, amount: "42.0" }],
    ["to another payee", { ...payment, payee: "ACME Ltd" }],
    ["with one member more", { ...payment, note: "" }],
    ["with one member less", { amount: "42.00" }],
    ["that is empty", {}],
  ])("for a transaction %s", async (_what, other) => {
    const token = await issuer.proofToken({ claims: paymentClaims });
    const required = { ...transaction(), transaction: other };
    expect(await verdict(token, required)).toBe("wrong_proof: other_transaction");
  });

  it("for a transaction when it has no transaction hash, or is a second factor", async () => {
    const bare = await issuer.proofToken({ claims: { purpose: "transaction" } });
    expect(await verdict(bare, transaction())).toBe("invalid_token: wrong_claims");
    const secondFactor = await issuer.proofToken({ claims: { txn: paymentClaims.txn } });
    expect(await verdict(secondFactor, transaction())).toBe("wrong_proof: other_purpose");
  });

  it("when it is an access token, also with the type of a proof", async () => {
    expect(await verdict(await issuer.accessToken(), twoFactor())).toBe(
      "invalid_token: wrong_type",
    );
    const header = { typ: "proof+jwt" };
    const dressed = await issuer.accessToken({ header });
    expect(await verdict(dressed, twoFactor())).toBe("invalid_token: wrong_audience");
    const sameAudience = await issuer.accessToken({ header, claims: { aud: "shop" } });
    expect(await verdict(sameAudience, twoFactor())).toBe("invalid_token: wrong_claims");
  });

  it("when another key signed it", async () => {
    const token = await issuer.proofToken({ key: await newKey("key-1") });
    expect(await verdict(token, twoFactor())).toBe("invalid_token: wrong_signature");
  });

  it("when it is too weak", async () => {
    const token = await issuer.proofToken({ claims: { acr: "aal1", amr: ["sms"] } });
    expect(await verdict(token, { ...twoFactor(), acr: "aal2" })).toBe(
      "insufficient_user_authentication: too_weak",
    );
  });
});

describe("a proof is accepted once", () => {
  it("and one of fifty simultaneous uses is accepted", async () => {
    const token = await issuer.proofToken({ claims: paymentClaims });
    const required = transaction();
    const uses = Array.from({ length: 50 }, () => verifier.verifyProofToken(token, required));
    const outcomes = await Promise.allSettled(uses);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await verdict(token, required)).toBe("proof_used: used");
  });

  it("and is not marked as used while anything else is wrong with it", async () => {
    const { forgetAtById, markUsed } = memory();
    const token = await issuer.proofToken();
    await verdict(token, { ...twoFactor(), markUsed, subject: "customer-8" });
    await verdict(`${token}A`, { ...twoFactor(), markUsed });
    expect(forgetAtById.size).toBe(0);
    await verifier.verifyProofToken(token, { ...twoFactor(), markUsed });
    // A verifier might accept the proof until its `exp`, plus the clock tolerance.
    expect([...forgetAtById]).toEqual([["proof-1", new Date((proofClaims.exp + 5) * 1000)]]);
  });

  it.each([undefined, null, 1, "true", {}])(
    "and refused when markUsed returns %j",
    async (answer) => {
      const markUsed = (async () => answer) as unknown as () => boolean;
      const token = await issuer.proofToken();
      expect(await verdict(token, { ...twoFactor(), markUsed })).toBe("proof_used: used");
    },
  );

  it("and not accepted when markUsed rejects: the caller gets that error", async () => {
    const markUsed = () => Promise.reject(new Error("the database is down"));
    const token = await issuer.proofToken();
    const asked = verifier.verifyProofToken(token, { ...twoFactor(), markUsed });
    await expect(asked).rejects.toThrow("the database is down");
  });
});

describe("a valid proof", () => {
  it("of a transaction is accepted when the transaction's members are in another order", async () => {
    const token = await issuer.proofToken({ claims: paymentClaims });
    const sameOther = { amount: "42.00", payee: "ACME GmbH" };
    const required = { ...transaction(), transaction: sameOther, acr: "aal2" } as const;
    expect(await verifier.verifyProofToken(token, required)).toEqual({
      subject: "customer-7",
      purpose: "transaction",
      acr: "aal2",
      amr: ["pwd", "sms"],
      proofId: "proof-1",
      issuedAt: new Date(nowMs - 60_000),
      expiresAt: new Date(nowMs + 240_000),
      isTest: false,
      transactionHash: paymentClaims.txn,
      claims: { ...proofClaims, ...paymentClaims },
    });
  });

  it("of a second factor has no transaction", async () => {
    const proof = await verifier.verifyProofToken(await issuer.proofToken(), twoFactor());
    expect(proof).toMatchObject({ purpose: "two_factor", transactionHash: undefined });
  });
});

describe("the requirements for a proof", () => {
  it.each([
    [{ subject: undefined }, "subject must be the text"],
    [{ subject: "" }, "subject must be the text"],
    [{ purpose: "sign_in" }, "purpose must be one of two_factor, transaction"],
    [{ purpose: undefined }, "purpose must be one of two_factor, transaction"],
    [{ markUsed: undefined }, "markUsed must be a function"],
    [{ acr: "high" }, "acr must be one of aal1, aal2"],
    [{ transaction: payment }, "two_factor proof requirement has no option transaction"],
    [{ purpose: "transaction" }, "transaction must be an object"],
    [{ purpose: "transaction", transaction: [] }, "transaction must be an object"],
    [{ purpose: "transaction", transaction: { a: 2 ** 53 } }, "transaction.a must be a finite"],
    [{ jti: "proof-1" }, "has no option jti"],
  ])("refuse %j", async (more, message) => {
    const required = { ...twoFactor(), ...more } as unknown as ProofRequirements;
    const asked = verifier.verifyProofToken(await issuer.proofToken(), required);
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toBeInstanceOf(TypeError);
  });

  it("need the client id for which proofs are made", async () => {
    const anonymous = createVerifier({ issuer: issuerUrl, fetch: issuer.fetch });
    const asked = anonymous.verifyProofToken(await issuer.proofToken(), twoFactor());
    await expect(asked).rejects.toThrow("createVerifier needs clientId for proofs");
  });
});
