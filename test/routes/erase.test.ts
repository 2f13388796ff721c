import { describe, expect, it } from "vitest";
import {
  asBackend,
  bankKey,
  checkAs,
  createBackendWorld,
  serviceKey,
  startAs,
} from "../helpers/backend.ts";
import { allFailures, failing } from "../helpers/failing.ts";
import { logged } from "../helpers/guard.ts";
import { kindOf } from "../helpers/racing.ts";
import { bearer, signIn, type Session } from "../helpers/session.ts";
import type { World } from "../helpers/world.ts";

const path = "/v1/admin/subjects/erase";
const to = "+12015550123";
const another = "+12015550124";
const adminKey = `sk_${"a".repeat(43)}`;
const viewerKey = `sk_${"v".repeat(43)}`;

async function operatedWorld(): Promise<World> {
  const keys = await Promise.all([
    serviceKey("ops", [], adminKey, ["admin", "subjects"]),
    serviceKey("viewer", [], viewerKey, ["admin:read", "subjects", "introspect"]),
    serviceKey("bank", ["sign_in", "two_factor", "transaction"], bankKey),
  ]);
  return createBackendWorld({ SERVICE_KEYS: JSON.stringify(keys.map(({ entry }) => entry)) });
}

async function signInAs(world: World, subject: string, number: string): Promise<Session> {
  const begun = await startAs(world, bankKey, { to: number, subject });
  return (await checkAs(world, begun)).json<Session>();
}

async function erased(world: World, body: unknown): Promise<unknown> {
  const answer = await world.post(path, body, asBackend(adminKey));
  expect(answer.status).toBe(200);
  return answer.json();
}

async function numberOf(world: World, subject: string): Promise<string | undefined> {
  const route = `/v1/subjects/${encodeURIComponent(subject)}`;
  const answer = await world.send(route, { headers: asBackend(adminKey) });
  return (await answer.json<{ phone_number?: string }>()).phone_number;
}

async function subjectsOf(world: World, phone_number: string): Promise<string[]> {
  const answer = await world.post("/v1/subjects/find", { phone_number }, asBackend(adminKey));
  return (await answer.json<{ subjects?: string[] }>()).subjects ?? [];
}

const isLive = async (world: World, session: Session): Promise<boolean> =>
  (await world.send("/v1/sessions/current", { headers: bearer(session) })).ok;

describe("erasing a number", () => {
  it("ends its sessions, whichever backend named the subject, and it leads to no subject", async () => {
    const world = await operatedWorld();
    const own = await signIn(world, to);
    const named = await signInAs(world, "user-42", to);
    const other = await signIn(world, another);
    expect(await erased(world, { to: "+1 (201) 555-0123" })).toEqual({ sessions_ended: 2 });
    expect(await subjectsOf(world, to)).toEqual([]);
    for (const each of [own, named]) {
      expect(await isLive(world, each)).toBe(false);
      expect(await numberOf(world, each.subject)).toBeUndefined();
    }
    expect(await isLive(world, other)).toBe(true);
    expect(await numberOf(world, other.subject)).toBe(another);
    expect(await erased(world, { to })).toEqual({ sessions_ended: 0 });
  });

  it("leaves a subject that has another number by now with its new number", async () => {
    const world = await operatedWorld();
    const before = await signInAs(world, "user-42", to);
    world.clock.nowMs += 1000;
    const now = await signInAs(world, "user-42", another);
    expect(await erased(world, { to })).toEqual({ sessions_ended: 1 });
    expect([await isLive(world, before), await isLive(world, now)]).toEqual([false, true]);
    expect(await numberOf(world, "user-42")).toBe(another);
    expect(await subjectsOf(world, another)).toEqual(["user-42"]);
  });

  it("begins anew when the number was first verified", async () => {
    const world = await operatedWorld();
    await signIn(world, to);
    await erased(world, { to });
    world.clock.nowMs += 1000;
    await signIn(world, to);
    const answer = await world.post("/v1/subjects/find", { phone_number: to }, asBackend(adminKey));
    expect(await answer.json()).toMatchObject({
      first_verified_at: new Date(world.clock.nowMs).toISOString(),
    });
  });
});

describe("erasing a subject", () => {
  it("ends its sessions, and no number leads to it", async () => {
    const world = await operatedWorld();
    const own = await signIn(world, to);
    const named = await signInAs(world, "user-42", to);
    expect(await erased(world, { subject: "user-42" })).toEqual({ sessions_ended: 1 });
    expect([await isLive(world, own), await isLive(world, named)]).toEqual([true, false]);
    expect(await numberOf(world, "user-42")).toBeUndefined();
    expect(await subjectsOf(world, to)).toEqual([own.subject]);
  });

  it("works when its last session has ended long ago", async () => {
    const world = await operatedWorld();
    await signInAs(world, "user-42", to);
    world.clock.nowMs += 200 * 86_400_000;
    expect(await numberOf(world, "user-42")).toBe(to);
    expect(await erased(world, { subject: "user-42" })).toEqual({ sessions_ended: 0 });
    expect(await numberOf(world, "user-42")).toBeUndefined();
    expect(await subjectsOf(world, to)).toEqual([]);
  });
});

describe("the route", () => {
  it("is for a key that lists admin, and names one of to and subject", async () => {
    const world = await operatedWorld();
    await signIn(world, to);
    const as = (key: string, body: unknown) => world.post(path, body, asBackend(key));
    expect(await kindOf(await as(viewerKey, { to }))).toBe("403 insufficient_scope");
    expect(await kindOf(await as(bankKey, { to }))).toBe("403 insufficient_scope");
    expect(await kindOf(await as(adminKey, {}))).toBe("400 invalid_request");
    expect(await kindOf(await as(adminKey, { to, subject: "a" }))).toBe("400 invalid_request");
    expect((await world.send(path, { headers: asBackend(adminKey) })).status).toBe(405);
    expect(await subjectsOf(world, to)).toHaveLength(1);
  });

  it.each(allFailures)("is 503 where a store %s, and a retry finishes", async (how) => {
    const steps = [
      [{ to }, "PHONE_LEDGER.readSubjects"],
      [{ to }, "SUBJECT_SESSIONS.eraseNumber"],
      [{ to }, "PHONE_LEDGER.forgetSubjects"],
      [{ to }, "PHONE_LEDGER.revokeDevices"],
      [{ subject: "user-42" }, "SUBJECT_SESSIONS.endAll"],
      [{ subject: "user-42" }, "SUBJECT_SESSIONS.lastSignIn"],
      [{ subject: "user-42" }, "PHONE_LEDGER.forgetSubjects"],
      [{ subject: "user-42" }, "SUBJECT_SESSIONS.forgetSignIn"],
    ] as const;
    for (const [body, method] of steps) {
      const world = await operatedWorld();
      const session = await signInAs(world, "user-42", to);
      const before = { ...world.settings };
      Object.assign(world.settings, failing(method, how).bindings);
      const answer = await world.post(path, body, asBackend(adminKey));
      expect(await kindOf(answer)).toBe("503 store_unavailable");
      Object.assign(world.settings, before);
      await erased(world, body);
      expect(await isLive(world, session)).toBe(false);
      expect(await numberOf(world, "user-42")).toBeUndefined();
      expect(await subjectsOf(world, to)).toEqual([]);
    }
  });

  it("is told by the log with who did it, and without the subject's name", async () => {
    const world = await operatedWorld();
    await signInAs(world, "ann@shop.example", to);
    await erased(world, { subject: "ann@shop.example" });
    expect(logged(world, "subject.erased")).toMatchObject([{ client_id: "ops", sessions: 1 }]);
    expect(world.lines.join("\n")).not.toContain("ann@shop.example");
  });
});
