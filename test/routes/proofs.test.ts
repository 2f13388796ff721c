import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { proofClaims } from "../../src/contract/proofs.ts";
import { approvedProof } from "../../src/contract/verifications.ts";
import { transactionHash } from "../../src/client/transaction-hash.ts";
import {
  asBackend,
  bankKey,
  checkAs,
  consumeAs,
  createBackendWorld,
  serviceKey,
  shopKey,
  startAs,
} from "../helpers/backend.ts";
import { problem } from "../helpers/problem.ts";
import { engines, inParallel, kindOf, tally } from "../helpers/racing.ts";
import { signIn } from "../helpers/session.ts";
import { start, workerOrigin, wrong, type World } from "../helpers/world.ts";

const to = "+12015550123";
const login = { to, purpose: "two_factor", subject: "user-42", amr: ["pwd"] };
const transfer = {
  to,
  purpose: "transaction",
  subject: "user-42",
  amr: ["pwd"],
  transaction: { payee: "ACME Ltd", amount: "10.00 EUR", reference: 7 },
};

/** The proof of a user who reads the code and enters it. */
async function proofOf(world: World, key: string, body: typeof login): Promise<string> {
  const answer = await checkAs(world, await startAs(world, key, body));
  return v.parse(approvedProof, await answer.json()).proof_token;
}

describe.each(engines)("engine $engine", ({ env }) => {
  it("a second factor gives the frontend a proof for the backend, which it consumes once", async () => {
    const world = await createBackendWorld(env);
    const checked = await checkAs(world, await startAs(world, shopKey, login));
    expect(checked.status).toBe(200);
    const { proof_token, expires_in } = v.parse(approvedProof, await checked.json());
    expect(expires_in).toBe(300);
    const keySet = await (await world.send("/.well-known/jwks.json")).json();
    const { payload } = await jwtVerify(
      proof_token,
      createLocalJWKSet(keySet as Parameters<typeof createLocalJWKSet>[0]),
      {
        issuer: workerOrigin,
        audience: "shop",
        typ: "proof+jwt",
        algorithms: ["ES256"],
        currentDate: new Date(world.clock.nowMs),
      },
    );
    const claims = {
      iss: workerOrigin,
      aud: "shop",
      sub: "user-42",
      purpose: "two_factor",
      amr: ["pwd", "sms"],
      acr: "aal2",
      jti: expect.stringMatching(/^prf_[\w-]+$/),
      iat: world.clock.nowMs / 1000,
      exp: world.clock.nowMs / 1000 + 300,
    };
    expect(payload).toEqual(claims);
    const consumed = await consumeAs(world, shopKey, proof_token);
    expect(consumed.status).toBe(200);
    expect(v.parse(proofClaims, await consumed.json())).toEqual(claims);
    const again = await consumeAs(world, shopKey, proof_token);
    expect(await problem(again)).toMatchObject({ status: 410, code: "proof_used" });
  });

  it("a transaction's proof carries the hash of the confirmed transaction, and the message shows it", async () => {
    const world = await createBackendWorld(env);
    const started = await startAs(world, bankKey, transfer);
    const [text] = await world.inbox(to);
    expect(text?.body).toContain("10.00 EUR");
    expect(text?.body).toContain("ACME Ltd");
    const checked = await checkAs(world, started);
    const { proof_token } = v.parse(approvedProof, await checked.json());
    const claims = v.parse(
      proofClaims,
      await (await consumeAs(world, bankKey, proof_token)).json(),
    );
    const { transaction } = transfer;
    expect(claims).toMatchObject({ purpose: "transaction", acr: "aal2" });
    expect(claims.txn).toBe(await transactionHash(transaction));
    expect(claims.txn).toBe(
      await transactionHash({ reference: 7, amount: "10.00 EUR", payee: "ACME Ltd" }),
    );
    expect(claims.txn).not.toBe(await transactionHash({ ...transaction, amount: "10.01 EUR" }));
  });

  it("of fifty parallel consumptions one succeeds", async () => {
    const world = await createBackendWorld(env);
    const token = await proofOf(world, shopKey, login);
    const answers = await inParallel(50, () => consumeAs(world, shopKey, token));
    expect(await tally(answers)).toEqual({ "200": 1, "410 proof_used": 49 });
  });

  it("of fifty parallel right codes one gives a proof", async () => {
    const world = await createBackendWorld(env);
    const started = await startAs(world, shopKey, login);
    const answers = await inParallel(50, () => checkAs(world, started));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await tally(answers))["422 wrong_code"]).toBeUndefined();
  });

  it("a resend states the transaction again, and no other transaction has its code", async () => {
    const world = await createBackendWorld(env);
    const first = await startAs(world, bankKey, transfer);
    world.clock.nowMs += 31_000;
    const resent = await world.post(`/v1/verifications/${first.id}/resend`, {});
    expect(await resent.json()).toMatchObject({ to: "+1•••••0123" });
    const [text] = await world.inbox(to);
    expect(text).toMatchObject({ code: first.code });
    expect(text?.body).toContain("10.00 EUR to ACME Ltd");
    const other = { ...transfer, transaction: { payee: "Mallory", amount: "9000.00 EUR" } };
    const second = await startAs(world, bankKey, other);
    expect(second.code).not.toBe(first.code);
    const crossed = await checkAs(world, { id: second.id, code: first.code });
    expect(await problem(crossed)).toMatchObject({ code: "wrong_code" });
    expect((await checkAs(world, second)).status).toBe(200);
  });

  it("a code of one purpose never satisfies another purpose, also if one user has all of them pending", async () => {
    const world = await createBackendWorld(env);
    const pending = [
      await start(world, to),
      await startAs(world, bankKey, login),
      await startAs(world, bankKey, transfer),
    ];
    for (const { id, code } of pending) {
      const others = pending.filter((other) => other.id !== id && other.code !== code);
      expect(others).toHaveLength(2);
      for (const other of others)
        expect(await kindOf(await checkAs(world, { id, code: other.code }))).toBe("422 wrong_code");
    }
    for (const started of pending) expect((await checkAs(world, started)).status).toBe(200);
  });
});

describe("with Twilio Verify", () => {
  it("another transaction for the same number ends the first: a code confirms one transaction", async () => {
    const world = await createBackendWorld();
    const first = await startAs(world, bankKey, transfer);
    const other = { ...transfer, transaction: { payee: "Mallory", amount: "9000.00 EUR" } };
    const second = await startAs(world, bankKey, other);
    expect(await kindOf(await checkAs(world, first))).toBe("410 verification_canceled");
    expect((await checkAs(world, second)).status).toBe(200);
  });

  it("the same transaction started twice shares its code, as Twilio does", async () => {
    const world = await createBackendWorld();
    const [first, second] = [
      await startAs(world, bankKey, transfer),
      await startAs(world, bankKey, transfer),
    ];
    expect(second.code).toBe(first.code);
    expect((await checkAs(world, first)).status).toBe(200);
    expect(await kindOf(await checkAs(world, second))).toBe("410 verification_canceled");
  });

  it("tells Twilio's PSD2 service the same amount and payee when it sends and when it checks", async () => {
    const world = await createBackendWorld();
    await checkAs(world, await startAs(world, bankKey, transfer));
    const confirmed = { Amount: "10.00 EUR", Payee: "ACME Ltd" };
    expect(world.outgoing.map(({ form }) => form)).toEqual([
      { To: to, Channel: "sms", ...confirmed },
      { VerificationSid: expect.any(String), Code: expect.any(String), ...confirmed },
    ]);
  });
});

describe("a transaction by call", () => {
  it("is refused by Twilio's PSD2 service, and the answer names the other channels", async () => {
    const world = await createBackendWorld();
    const body = { ...transfer, channel: "call" };
    const headers = { Authorization: `Bearer ${bankKey}` };
    const answer = await world.post("/v1/verifications", body, headers);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      code: "channel_unavailable",
      suggested_channels: ["sms", "whatsapp"],
    });
  });
});

describe("a proof", () => {
  it.each([
    ["no factor before", [], "aal1"],
    ["a password", ["pwd"], "aal2"],
    ["a text before", ["sms"], "aal1"],
    ["a call before", ["tel"], "aal1"],
    ["a code from an app", ["otp"], "aal1"],
    ["a word that nobody knows", ["magic"], "aal1"],
    ["a fingerprint", ["fpt"], "aal2"],
  ])("after %s says so, and how sure that makes us", async (_, amr, acr) => {
    const world = await createBackendWorld();
    const token = await proofOf(world, shopKey, { ...login, amr });
    expect(decodeJwt(token)).toMatchObject({ amr: [...new Set([...amr, "sms"])], acr });
  });

  it("of a user without a subject of the app has the number's subject", async () => {
    const world = await createBackendWorld();
    const session = await signIn(world, to);
    const { subject: _, ...unnamed } = login;
    const started = await startAs(world, shopKey, unnamed);
    const answer = await checkAs(world, started);
    const { proof_token } = v.parse(approvedProof, await answer.json());
    expect(decodeJwt(proof_token).sub).toBe(session.subject);
  });

  it("sent by another client is 403, and is not spent", async () => {
    const world = await createBackendWorld();
    const token = await proofOf(world, shopKey, login);
    const stranger = await consumeAs(world, bankKey, token);
    expect(await problem(stranger)).toMatchObject({ status: 403, code: "insufficient_scope" });
    expect((await consumeAs(world, shopKey, token)).status).toBe(200);
  });

  it("sent with its client's key for other purposes is 403, and is not spent", async () => {
    const otherKey = `sk_${"o".repeat(43)}`;
    const shop = await serviceKey("shop", ["two_factor"], shopKey);
    const other = await serviceKey("shop", ["sign_in"], otherKey);
    const SERVICE_KEYS = JSON.stringify([shop.entry, other.entry]);
    const world = await createBackendWorld({ PURPOSES: "sign_in,two_factor", SERVICE_KEYS });
    const token = await proofOf(world, shopKey, login);
    const refused = await consumeAs(world, otherKey, token);
    expect(await problem(refused)).toMatchObject({ status: 403, code: "insufficient_scope" });
    expect((await consumeAs(world, shopKey, token)).status).toBe(200);
  });

  it("of another client gets the same answer at any age", async () => {
    const world = await createBackendWorld();
    const token = await proofOf(world, shopKey, login);
    world.clock.nowMs += 300_000;
    const stranger = await consumeAs(world, bankKey, token);
    expect(await problem(stranger)).toMatchObject({ status: 403, code: "insufficient_scope" });
  });

  it("is valid for five minutes, to the millisecond, consumed or not", async () => {
    const world = await createBackendWorld();
    const [one, two] = [
      await proofOf(world, shopKey, login),
      await proofOf(world, shopKey, { ...login, to: "+12015550124" }),
    ];
    world.clock.nowMs += 300_000 - 1;
    expect((await consumeAs(world, shopKey, one)).status).toBe(200);
    world.clock.nowMs += 1;
    for (const token of [one, two]) {
      const late = await consumeAs(world, shopKey, token);
      expect(await problem(late)).toMatchObject({ status: 410, code: "proof_expired" });
    }
  });

  it.each([
    ["that was changed", (token: string) => `${token.slice(0, -4)}AAAA`],
    ["without a signature", (token: string) => token.replace(/[^.]+$/, "")],
    ["that is none", () => "proof"],
    ["with a space behind it", (token: string) => `${token} `],
    ["of another world", () => "eyJhbGciOiJub25lIn0.e30."],
  ])("%s is 401", async (_, change) => {
    const world = await createBackendWorld();
    const token = await proofOf(world, shopKey, login);
    const answer = await consumeAs(world, shopKey, change(token));
    expect(answer.headers.get("WWW-Authenticate")).toBe(
      'Bearer realm="phonegate", error="invalid_token"',
    );
    expect(await problem(answer)).toMatchObject({ status: 401, code: "invalid_token" });
    expect((await consumeAs(world, shopKey, token)).status).toBe(200);
  });

  it("is no access token, and an access token is no proof", async () => {
    const world = await createBackendWorld();
    const token = await proofOf(world, shopKey, login);
    expect(decodeProtectedHeader(token).typ).toBe("proof+jwt");
    const current = await world.send("/v1/sessions/current", { headers: asBackend(token) });
    expect(current.status).toBe(401);
    const { access_token } = await signIn(world, "+12015550124");
    expect((await consumeAs(world, shopKey, access_token)).status).toBe(401);
  });

  it("is consumed only with a service key", async () => {
    const world = await createBackendWorld();
    const token = await proofOf(world, shopKey, login);
    const body = { proof_token: token };
    const { access_token } = await signIn(world, "+12015550124");
    for (const headers of [{}, asBackend(access_token), asBackend(`sk_${"x".repeat(43)}`)]) {
      const answer = await world.post("/v1/proofs/consume", body, headers);
      const came = "Authorization" in headers;
      const challenge = came
        ? 'Bearer realm="phonegate", error="invalid_token"'
        : 'Bearer realm="phonegate"';
      expect(answer.headers.get("WWW-Authenticate")).toBe(challenge);
      expect(await problem(answer)).toMatchObject({ status: 401, code: "invalid_service_key" });
    }
  });

  it.each([
    {},
    { proof_token: 5 },
    { proof_token: "" },
    { proof_token: "x", purpose: "two_factor" },
  ])("asked for with the body %j is 400", async (body) => {
    const world = await createBackendWorld();
    const answer = await world.post("/v1/proofs/consume", body, asBackend(shopKey));
    expect(await problem(answer)).toMatchObject({ status: 400, code: "invalid_request" });
  });

  it("is not given for a wrong code, an empty body, a check before the start, or a used code", async () => {
    const world = await createBackendWorld();
    const started = await startAs(world, shopKey, login);
    const path = `/v1/verifications/${started.id}/check`;
    const answers = [
      await checkAs(world, { ...started, code: wrong(started.code) }),
      await world.post(path, {}),
      await world.send(path, { method: "POST" }),
      await world.post(`/v1/verifications/vrf_AAAA/check`, { code: started.code }),
    ];
    expect((await checkAs(world, started)).status).toBe(200);
    answers.push(await checkAs(world, started));
    for (const answer of answers) expect(await answer.text()).not.toContain('proof_token":"ey');
    expect(answers.map(({ status }) => status)).toEqual([422, 400, 415, 404, 410]);
  });
});
