import { evictAllDurableObjects } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { noSessions, type Sessions, type Step } from "../src/session/family.ts";
import { openFamily, refreshFamily, type OpenRequest } from "../src/session/refresh.ts";
import { signOut } from "../src/session/sign-out.ts";
import { allFailures, failing } from "./helpers/failing.ts";
import { engines, from, inParallel, kindOf, tally } from "./helpers/racing.ts";
import { interceptedBindings, pause } from "./helpers/recorder.ts";
import { bearer, signIn, type Session } from "./helpers/session.ts";
import { createWorld, start, type World } from "./helpers/world.ts";

const to = "+12015550123";

const refresh = (world: World, refresh_token: string) =>
  world.post("/v1/sessions/refresh", { refresh_token });
const current = (world: World, session: Pick<Session, "access_token">) =>
  world.send("/v1/sessions/current", { headers: bearer(session) });
const signOutBy = (world: World, session: Session, path: string) =>
  world.send(path, { method: "DELETE", headers: bearer(session) });

/** Replaces the binding `SUBJECT_SESSIONS`: reads, waits and then writes, as a plain store does. */
function getThenPut() {
  const states = new Map<string, Sessions>();
  return {
    getByName(name: string) {
      const apply = async <Outcome>(
        rule: (sessions: Sessions, nowMs: number) => Step<Outcome>,
      ): Promise<Outcome> => {
        const before = structuredClone(states.get(name) ?? noSessions());
        await pause(0);
        const { outcome, next } = rule(before, Date.now());
        states.set(name, next);
        return structuredClone(outcome);
      };
      return {
        open: (request: OpenRequest) => apply((state, nowMs) => openFamily(state, request, nowMs)),
        refresh: (request: Parameters<typeof refreshFamily>[1]) =>
          apply((state, nowMs) => refreshFamily(state, request, nowMs)),
        signOut: (request: Parameters<typeof signOut>[1]) =>
          apply((state, nowMs) => signOut(state, request, nowMs)),
      };
    },
  };
}

describe("twenty refreshes of one token at once", () => {
  it("give one family and one successor", async () => {
    const world = await createWorld();
    const session = await signIn(world, to);
    const answers = await inParallel(20, () => refresh(world, session.refresh_token));
    expect(await tally(answers)).toEqual({ "200": 20 });
    const tokens = await Promise.all(answers.map((answer) => answer.json<Session>()));
    expect(new Set(tokens.map(({ refresh_token }) => refresh_token)).size).toBe(1);
    expect(new Set(tokens.map(({ session_id }) => session_id))).toEqual(
      new Set([session.session_id]),
    );
    const [next] = tokens;
    expect((await refresh(world, next?.refresh_token ?? "")).status).toBe(200);
    expect(await kindOf(await refresh(world, session.refresh_token))).toBe("401 invalid_token");
  });

  it("of two generations at once end the session or continue it, and never fork it", async () => {
    const world = await createWorld();
    const session = await signIn(world, to);
    const second = await (await refresh(world, session.refresh_token)).json<Session>();
    const answers = await inParallel(20, (index) =>
      refresh(world, index % 2 === 0 ? session.refresh_token : second.refresh_token),
    );
    const heard = await Promise.all(
      answers.filter(({ ok }) => ok).map((answer) => answer.json<Session>()),
    );
    // The older token arrived after the younger one was spent: two generations back, within the grace.
    expect(new Set(heard.map(({ refresh_token }) => refresh_token)).size).toBeLessThanOrEqual(2);
    for (const { refresh_token } of [session, second, ...heard])
      expect((await refresh(world, refresh_token)).status).toBe(401);
  });
});

describe("signing out everywhere while others refresh", () => {
  it("leaves no earlier token valid, in any order", async () => {
    for (let round = 0; round < 12; round += 1) {
      const world = await createWorld();
      const number = `+1201555${String(1000 + round)}`;
      const sessions = [await signIn(world, number), await signIn(world, number)];
      const [own, other] = sessions as [Session, Session];
      const before = Array.from({ length: round % 6 }, () => refresh(world, other.refresh_token));
      const out = signOutBy(world, own, "/v1/sessions");
      const after = Array.from({ length: 3 }, () => refresh(world, other.refresh_token));
      const answers = await Promise.all([...before, ...after]);
      expect((await out).status).toBe(204);
      const heard = await Promise.all(
        answers.filter(({ ok }) => ok).map((answer) => answer.json<Session>()),
      );
      for (const { access_token, refresh_token } of [own, other, ...heard]) {
        expect((await refresh(world, refresh_token)).status).toBe(401);
        expect((await current(world, { access_token })).status).toBe(401);
      }
    }
  });

  it("is not undone by a refresh in flight, as it is in a store that reads and later writes", async () => {
    const outcomes: Record<string, number> = {};
    for (const [name, binding] of [
      ["exact", testEnv.SUBJECT_SESSIONS],
      ["get, then put", getThenPut()],
    ] as const) {
      const world = await createWorld({ env: { SUBJECT_SESSIONS: binding } });
      const session = await signIn(world, to);
      const [out, refreshed] = await Promise.all([
        signOutBy(world, session, "/v1/sessions/current"),
        refresh(world, session.refresh_token),
      ]);
      expect(out.status).toBe(204);
      const next = refreshed.ok ? await refreshed.json<Session>() : session;
      outcomes[name] = (await refresh(world, next.refresh_token)).status;
    }
    expect(outcomes).toEqual({ exact: 401, "get, then put": 200 });
  });
});

describe.each(engines)("engine $engine: fifty right codes at once", ({ env }) => {
  it("open one session, and the store holds one", async () => {
    const world = await createWorld({ env });
    const { id, code } = await start(world, to);
    const path = `/v1/verifications/${id}/check`;
    const answers = await inParallel(50, (index) => world.post(path, { code }, from(index)));
    const [session, ...others] = await Promise.all(
      answers.filter(({ ok }) => ok).map((answer) => answer.json<Session>()),
    );
    expect(others).toEqual([]);
    if (session === undefined) throw new Error("nobody was right");
    const list = await world.send("/v1/sessions", { headers: bearer(session) });
    expect((await list.json<{ sessions: unknown[] }>()).sessions).toHaveLength(1);
  });
});

describe("a session whose approval the ledger refuses", () => {
  it.each(["a DELETE", "the end of the lease"])(
    "is taken back: Twilio's yes comes after %s",
    async (what) => {
      const names: string[] = [];
      const bindings = interceptedBindings(({ name, run }) => {
        names.push(name);
        return run();
      });
      let late: string | undefined;
      const world = await createWorld({
        env: bindings,
        network: async (request, twin) => {
          const answer = await twin(request);
          if (late === undefined || !request.url.endsWith("/VerificationCheck")) return answer;
          if (what === "a DELETE")
            await world.send(`/v1/verifications/${late}`, { method: "DELETE" });
          else world.clock.nowMs += 30_000;
          return answer;
        },
      });
      const earlier = await signIn(world, to);
      const { id, code } = await start(world, to);
      late = id;
      names.length = 0;
      const answer = await world.post(`/v1/verifications/${id}/check`, { code });
      expect(await kindOf(answer)).toBe("410 verification_canceled");
      expect(names.filter((name) => name.startsWith("SUBJECT_SESSIONS."))).toEqual([
        "SUBJECT_SESSIONS.open",
        "SUBJECT_SESSIONS.signOut",
      ]);
      const list = await world.send("/v1/sessions", { headers: bearer(earlier) });
      expect((await list.json<{ sessions: unknown[] }>()).sessions).toHaveLength(1);
    },
  );
});

describe("an object that is evicted", () => {
  it("keeps each session, rotation and sign-out", async () => {
    const world = await createWorld();
    const [session, ended] = [await signIn(world, to), await signIn(world, to)];
    await evictAllDurableObjects();
    expect((await signOutBy(world, ended, "/v1/sessions/current")).status).toBe(204);
    const next = await (await refresh(world, session.refresh_token)).json<Session>();
    await evictAllDurableObjects();
    expect((await current(world, session)).status).toBe(200);
    expect((await refresh(world, ended.refresh_token)).status).toBe(401);
    const again = await (await refresh(world, session.refresh_token)).json<Session>();
    expect(again.refresh_token).toBe(next.refresh_token);
  });
});

describe("a store that", () => {
  it.each(allFailures)(
    "%s: a right code answers 503, is used up, and opens no session",
    async (how) => {
      const store = failing("SUBJECT_SESSIONS.open", how);
      const world = await createWorld({ env: store.bindings });
      const { id, code } = await start(world, to);
      const path = `/v1/verifications/${id}/check`;
      expect(await kindOf(await world.post(path, { code }))).toBe("503 store_unavailable");
      store.mend();
      expect(await kindOf(await world.post(path, { code }))).toBe("410 verification_used");
    },
  );

  it.each(allFailures)("%s: a refresh answers 503 and the session stays live", async (how) => {
    const store = failing("SUBJECT_SESSIONS.refresh", how);
    const world = await createWorld({ env: store.bindings });
    const session = await signIn(world, to);
    expect(await kindOf(await refresh(world, session.refresh_token))).toBe("503 store_unavailable");
    store.mend();
    expect((await refresh(world, session.refresh_token)).status).toBe(200);
  });

  it("has refreshed and lost the answer once returns the same successor to the retry", async () => {
    const store = failing("SUBJECT_SESSIONS.refresh", "is retryable", 1);
    const world = await createWorld({ env: store.bindings });
    const session = await signIn(world, to);
    expect((await refresh(world, session.refresh_token)).status).toBe(200);
    expect(store.calls()).toBe(2);
  });

  it.each(allFailures)("%s: signing out is 503, never 204", async (how) => {
    const one = failing("SUBJECT_SESSIONS.signOut", how);
    const world = await createWorld({ env: one.bindings });
    const session = await signIn(world, to);
    const answer = await signOutBy(world, session, "/v1/sessions/current");
    expect([answer.headers.get("Retry-After"), await kindOf(answer)]).toEqual([
      "1",
      "503 store_unavailable",
    ]);
    one.mend();
    expect((await signOutBy(world, session, "/v1/sessions/current")).status).toBe(204);
    expect((await refresh(world, session.refresh_token)).status).toBe(401);
  });

  it.each(allFailures)("%s: signing out everywhere is 503 until it is done", async (how) => {
    const all = failing("SUBJECT_SESSIONS.signOutEverywhere", how);
    const world = await createWorld({ env: all.bindings });
    const session = await signIn(world, to);
    const answer = await signOutBy(world, session, "/v1/sessions");
    expect(await kindOf(answer)).toBe("503 store_unavailable");
    all.mend();
    expect((await signOutBy(world, session, "/v1/sessions")).status).toBe(204);
    expect((await refresh(world, session.refresh_token)).status).toBe(401);
  });

  it.each(allFailures)("%s: reading the sessions is 503", async (how) => {
    const store = failing("SUBJECT_SESSIONS.list", how);
    const world = await createWorld({ env: store.bindings });
    const session = await signIn(world, to);
    for (const path of ["/v1/sessions/current", "/v1/sessions"]) {
      const answer = await world.send(path, { headers: bearer(session) });
      expect(await kindOf(answer)).toBe("503 store_unavailable");
    }
  });
});

describe("a right code whose session is opened but whose approval cannot be written down", () => {
  it("answers 503, and the session is revoked", async () => {
    const taken: unknown[] = [];
    const bindings = interceptedBindings(async ({ name, run }) => {
      if (name === "PHONE_LEDGER.settleCheck") throw new Error("down");
      const outcome = await run();
      if (name === "SUBJECT_SESSIONS.signOut") taken.push(outcome);
      return outcome;
    });
    const world = await createWorld({ env: bindings });
    const { id, code } = await start(world, to);
    const answer = await world.post(`/v1/verifications/${id}/check`, { code });
    expect(await kindOf(answer)).toBe("503 store_unavailable");
    expect(taken).toEqual([{ kind: "signed_out", wasLive: true }]);
  });
});
