import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { bankKey, checkAs, createBackendWorld, startAs } from "../helpers/backend.ts";
import { randomKey } from "../helpers/keys.ts";
import { kindOf } from "../helpers/racing.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import { createWorld, type World } from "../helpers/world.ts";

const to = "+12015550123";
const number = { TOKEN_CLAIMS: "phone_number" };
const role = { TOKEN_EXTRA_CLAIMS: '{"role":"authenticated","tenant":{"id":7}}' };

async function refreshed(world: World, { refresh_token }: Session): Promise<Session> {
  const answer = await world.post("/v1/sessions/refresh", { refresh_token });
  expect(answer.status).toBe(200);
  return answer.json();
}

const claimsOf = ({ access_token }: Pick<Session, "access_token">) => decodeJwt(access_token);

describe("the number in the token", () => {
  it("is absent unless the operator lists it", async () => {
    const world = await createWorld();
    const claims = claimsOf(await signIn(world, to));
    expect(Object.keys(claims)).not.toContain("phone_number");
    expect(Object.keys(claims)).not.toContain("phone_number_verified");
  });

  it("is present after the sign-in and after each refresh", async () => {
    const world = await createWorld({ env: number });
    const session = await signIn(world, to);
    const next = await refreshed(world, session);
    for (const tokens of [session, next, await refreshed(world, next)])
      expect(claimsOf(tokens)).toMatchObject({ phone_number: to, phone_number_verified: true });
  });

  it("is present after a step-up, and if a backend has named the user", async () => {
    const world = await createBackendWorld(number);
    const begun = await startAs(world, bankKey, { to, subject: "user-42" });
    const session = await (await checkAs(world, begun)).json<Session>();
    expect(claimsOf(session)).toMatchObject({ sub: "user-42", phone_number: to });
    const answer = await world.post("/v1/verifications", { purpose: "step_up" }, bearer(session));
    const { id } = await answer.json<{ id: string }>();
    const code = (await world.inbox(to))[0]?.code ?? "";
    const raised = await checkAs(world, { id, code }, bearer(session));
    expect(claimsOf(await raised.json())).toMatchObject({ phone_number: to });
  });

  it("appears with the next refresh after the operator turns it on, and disappears after it is turned off", async () => {
    const world = await createWorld();
    const session = await signIn(world, to);
    const { TOKEN_CLAIMS: _, ...off } = world.settings as Record<string, unknown>;
    const on = await createWorld({ env: { ...off, ...number } });
    const next = await refreshed(on, session);
    expect(claimsOf(next)).toMatchObject({ phone_number: to });
    const again = await createWorld({ env: off });
    expect(Object.keys(claimsOf(await refreshed(again, next)))).not.toContain("phone_number");
  });

  it("is never guessed: if the session's number cannot be opened, the refresh is refused", async () => {
    const world = await createWorld({ env: number });
    const { PEPPERS } = world.settings;
    const session = await signIn(world, to);
    const newer = `2:${randomKey()}`;
    const rotating = await createWorld({
      env: { ...world.settings, PEPPERS: `${newer},${String(PEPPERS)}` },
    });
    const next = await refreshed(rotating, session);
    const without = await createWorld({ env: { ...world.settings, PEPPERS: newer } });
    const answer = await without.post("/v1/sessions/refresh", {
      refresh_token: next.refresh_token,
    });
    expect(await kindOf(answer)).toBe("401 invalid_token");
  });

  it("is in no log line", async () => {
    const world = await createWorld({ env: number });
    await refreshed(world, await signIn(world, to));
    expect(world.lines.join("\n")).not.toContain(to.slice(1));
  });
});

describe("constant claims", () => {
  it("are in each access token, beside our own claims", async () => {
    const world = await createWorld({ env: { ...number, ...role } });
    const session = await signIn(world, to);
    for (const tokens of [session, await refreshed(world, session)])
      expect(claimsOf(tokens)).toMatchObject({
        role: "authenticated",
        tenant: { id: 7 },
        sub: session.subject,
        sid: session.session_id,
        phone_number: to,
      });
  });

  it("are not in proofs", async () => {
    const world = await createBackendWorld({ ...number, ...role });
    const begun = await startAs(world, bankKey, { to, purpose: "two_factor", subject: "user-42" });
    const { proof_token } = await (await checkAs(world, begun)).json<{ proof_token: string }>();
    for (const name of ["role", "tenant", "phone_number"])
      expect(Object.keys(decodeJwt(proof_token))).not.toContain(name);
  });

  it("do not change a session: it can be refreshed, read and ended", async () => {
    const world = await createWorld({ env: { ...number, ...role } });
    const session = await signIn(world, to);
    const current = () => world.send("/v1/sessions/current", { headers: bearer(session) });
    expect((await current()).status).toBe(200);
    await world.send("/v1/sessions/current", { method: "DELETE", headers: bearer(session) });
    expect(await kindOf(await current())).toBe("401 invalid_token");
  });

  it.each([
    ["clashes with a claim of ours", '{"sub":"usr_admin"}'],
    ["is no JSON", "role=authenticated"],
    ["is larger than 1 KiB", JSON.stringify({ note: "x".repeat(1024) })],
  ])("close every route where the setting %s, and /healthz names it", async (_, value) => {
    const world = await createWorld({ env: { TOKEN_EXTRA_CLAIMS: value } });
    expect(await kindOf(await world.post("/v1/verifications", { to }))).toBe("503 not_configured");
    const { problems } = await (await world.send("/healthz")).json<{ problems: string[] }>();
    expect(problems.join()).toMatch(/^TOKEN_EXTRA_CLAIMS: must/);
  });
});
