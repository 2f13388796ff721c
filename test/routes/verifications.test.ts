import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import * as v from "valibot";
import { approvedVerification, startedVerification, verificationView } from "../../src/contract.ts";
import { createWorld, start, workerOrigin, wrong } from "../helpers/world.ts";

const to = "+12015550123";

describe("signing in", () => {
  it("starts, delivers a code, and answers the right code with a token that verifies offline", async () => {
    const world = await createWorld();
    const started = await world.post("/v1/verifications", { to });
    expect(started.status).toBe(201);
    const verification = v.parse(startedVerification, await started.json());
    expect(verification).toMatchObject({
      status: "pending",
      purpose: "sign_in",
      to,
      channel: "sms",
      expires_at: "2026-01-02T03:14:05.000Z",
    });
    expect(started.headers.get("Location")).toBe(
      `${workerOrigin}/v1/verifications/${verification.id}`,
    );

    const [text] = await world.inbox(to);
    const checked = await world.post(`/v1/verifications/${verification.id}/check`, {
      code: text?.code,
    });
    expect(checked.status).toBe(200);
    const session = v.parse(approvedVerification, await checked.json());
    expect(session.expires_in).toBe(600);

    const keySet = await (await world.send("/.well-known/jwks.json")).json();
    const { payload } = await jwtVerify(
      session.access_token,
      createLocalJWKSet(keySet as Parameters<typeof createLocalJWKSet>[0]),
      {
        issuer: workerOrigin,
        audience: workerOrigin,
        typ: "at+jwt",
        algorithms: ["ES256"],
        currentDate: new Date(world.clock.nowMs),
      },
    );
    expect(payload).toEqual({
      iss: workerOrigin,
      aud: workerOrigin,
      sub: session.subject,
      client_id: "phonegate",
      sid: session.session_id,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      iat: world.clock.nowMs / 1000,
      exp: world.clock.nowMs / 1000 + 600,
      auth_time: world.clock.nowMs / 1000,
      amr: ["sms"],
      acr: "aal1",
    });
    expect(decodeProtectedHeader(session.access_token)).toEqual({
      alg: "ES256",
      typ: "at+jwt",
      kid: "key-1",
    });
  });

  it.each([
    ["sms", "sms"],
    ["call", "tel"],
    ["whatsapp", "otp"],
  ])("by %s names the method %s in the token", async (channel, method) => {
    const world = await createWorld();
    const { id, code } = await start(world, to, { channel });
    expect((await world.inbox(to))[0]?.channel).toBe(channel);
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    const { access_token } = await answer.json<{ access_token: string }>();
    expect(decodeJwt(access_token).amr).toEqual([method]);
  });
});
