// The client calls the real Worker over HTTP.
import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import {
  createPhonegate,
  memoryStore,
  type PhonegateOptions,
  type SessionChange,
  type TokenStore,
} from "../../src/client/index.ts";
import { frontendConfig } from "../../src/contract/frontend-config.ts";
import { currentSession, sessionList } from "../../src/contract/sessions.ts";
import {
  approvedProof,
  startedVerification,
  verificationView,
} from "../../src/contract/verifications.ts";
import { createBackendWorld, shopKey, startAs } from "../helpers/backend.ts";
import { createWorld, workerOrigin, wrong } from "../helpers/world.ts";
import {
  codeOf,
  counting,
  frontend,
  newestCode,
  number,
  sharedLocks,
  signIn,
  type Step,
} from "./frontend.ts";

describe("createPhonegate refuses", () => {
  it.each([
    [{ baseURL: workerOrigin }, "has no option baseURL"],
    [{ baseUrl: workerOrigin, refresh: true }, "has no option refresh"],
    [{ baseUrl: "id.example.com" }, "baseUrl must be"],
    [{ baseUrl: "https://id.example.com/v1" }, "baseUrl must be"],
    [{ baseUrl: workerOrigin, transport: "header" }, "transport must be"],
    [{ baseUrl: workerOrigin, store: "disk" }, "store must be"],
  ])("%j", (options, message) => {
    expect(() => createPhonegate(options as unknown as PhonegateOptions)).toThrow(message);
  });
});

describe("a refusal", () => {
  it("of a wrong code has its code, status and members, and nothing that the user typed", async () => {
    const world = await createWorld();
    const phonegate = frontend(world);
    const { id } = await phonegate.start({ to: number });
    const refused = phonegate.check(id, wrong(await newestCode(world)));
    await expect(refused).rejects.toMatchObject({
      name: "PhonegateError",
      code: "wrong_code",
      status: 422,
      members: { attempts_remaining: 4, verification_status: "pending" },
      attemptsRemaining: 4,
      retryAfterSeconds: undefined,
    });
    expect(await phonegate.session()).toBeUndefined();
  });

  it("of a resend that comes too early says how long to wait", async () => {
    const world = await createWorld();
    const phonegate = frontend(world);
    const { id } = await phonegate.start({ to: number });
    await expect(phonegate.resend(id)).rejects.toMatchObject({
      code: "rate_limited",
      retryAfterSeconds: 30,
    });
  });

  it("has its own code for a response that is not Phonegate's, no response, a timeout and an abort", async () => {
    const world = await createWorld();
    const html = frontend(world, {}, async () => new Response("<h1>Be right back</h1>"));
    expect(await codeOf(html.config())).toBe("bad_answer");
    const silent = frontend(world, {}, () => Promise.reject(new TypeError("Failed to fetch")));
    expect(await codeOf(silent.config())).toBe("unreachable");
    const never: Step = (_url, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      });
    expect(await codeOf(frontend(world, { timeoutMs: 1 }, never).config())).toBe("timeout");
    const abort = new AbortController();
    const waiting = codeOf(frontend(world, {}, never).config({ signal: abort.signal }));
    abort.abort("changed my mind");
    expect(await waiting).toBe("changed my mind");
    const before = codeOf(frontend(world).config({ signal: AbortSignal.abort("too late") }));
    expect(await before).toBe("too late");
  });

  it("that the client makes itself has a sentence as its message", async () => {
    const world = await createWorld();
    const html = frontend(world, {}, async () => new Response("<h1>Be right back</h1>"));
    await expect(html.config()).rejects.toThrow("The answer is not Phonegate's; check baseUrl.");
    const silent = frontend(world, {}, () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(silent.config()).rejects.toThrow("No answer came from the Worker.");
    await expect(silent.accessToken()).rejects.toThrow("There is no session; the user has to");
  });

  it("of a call that needs a session is no_session, without a request", async () => {
    const world = await createWorld();
    const asked: string[] = [];
    const phonegate = frontend(world, {}, (url, _init, on) => {
      asked.push(url);
      return on();
    });
    for (const work of [
      () => phonegate.accessToken(),
      () => phonegate.refresh(),
      () => phonegate.sessions(),
      () => phonegate.startStepUp(),
    ])
      expect(await codeOf(work())).toBe("no_session");
    expect(asked).toEqual([]);
  });
});

describe("a sign-in", () => {
  it("opens a session and stores it, and another page finds it there", async () => {
    const world = await createWorld();
    const store = memoryStore();
    const session = await signIn(world, frontend(world, { store }), "+1 (201) 555-0123");
    expect(session).toMatchObject({
      accessExpiresAt: world.clock.nowMs + 600_000,
      sessionId: expect.stringMatching(/^ses_/),
      subject: expect.stringMatching(/^usr_/),
      refreshToken: expect.stringMatching(/^rt_/),
    });
    expect(await frontend(world, { store }).session()).toEqual(session);
    expect(await frontend(world).session()).toBeUndefined();
    const other = frontend(world, { store, baseUrl: "https://other.example.com" });
    expect(await other.session()).toBeUndefined();
  });

  it("returns what the contract says, and each start has its own Idempotency-Key", async () => {
    const world = await createWorld();
    const keys: (string | undefined)[] = [];
    const phonegate = frontend(world, {}, (url, init, on) => {
      if (url.endsWith("/verifications")) keys.push(init.headers["Idempotency-Key"]);
      return on();
    });
    v.parse(frontendConfig, await phonegate.config());
    const started = await phonegate.start({ to: number });
    v.parse(startedVerification, started);
    v.parse(verificationView, await phonegate.read(started.id));
    world.clock.nowMs += 30_000;
    const resent = await phonegate.resend(started.id, { channel: "call" });
    expect(v.parse(startedVerification, resent)).toMatchObject({ channel: "call" });
    await phonegate.cancel(started.id);
    expect(await phonegate.read(started.id)).toMatchObject({ status: "canceled" });
    await phonegate.start({ to: number });
    expect(new Set(keys).size).toBe(2);
  });

  it("that is repeated with its key after a lost response sends no second message", async () => {
    const world = await createWorld();
    let lost = true;
    const phonegate = frontend(world, {}, async (_url, _init, on) => {
      const answer = await on();
      if (!lost) return answer;
      lost = false;
      throw new TypeError("Failed to fetch");
    });
    const options = { idempotencyKey: "0123456789abcdef0123456789abcdef" };
    expect(await codeOf(phonegate.start({ to: number }, options))).toBe("unreachable");
    await phonegate.start({ to: number }, options);
    expect(await world.inbox(number)).toHaveLength(1);
  });

  it("works when another script has written invalid text into the store", async () => {
    const world = await createWorld();
    const items = new Map<string, string>();
    const store: TokenStore = {
      getItem: () => Promise.resolve("{nonsense"),
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
    };
    const phonegate = frontend(world, { store });
    expect(await phonegate.session()).toBeUndefined();
    await signIn(world, phonegate);
    expect(items.size).toBe(2);
  });
});

describe("a refresh", () => {
  it("happens once for calls at the same time", async () => {
    const world = await createWorld();
    const count = { refreshes: 0 };
    const phonegate = frontend(world, {}, counting(count));
    const before = await signIn(world, phonegate);
    const all = await Promise.all([phonegate.refresh(), phonegate.refresh(), phonegate.refresh()]);
    expect(new Set(all.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(all[0]?.refreshToken).not.toBe(before.refreshToken);
    expect(count.refreshes).toBe(1);
    await phonegate.refresh();
    expect(count.refreshes).toBe(2);
  });

  it("happens once for tabs that share a store and locks", async () => {
    const world = await createWorld();
    const count = { refreshes: 0 };
    const shared = { store: memoryStore(), locks: sharedLocks() };
    const tabs = [1, 2, 3].map(() => frontend(world, shared, counting(count)));
    await signIn(world, tabs[0]!);
    const sessions = await Promise.all(tabs.map((tab) => tab.refresh()));
    expect(new Set(sessions.map(({ accessToken }) => accessToken)).size).toBe(1);
    expect(count.refreshes).toBe(1);
  });

  it("waits until a late write of the tab that held the lock before arrives", async () => {
    const world = await createWorld();
    const count = { refreshes: 0 };
    const locks = sharedLocks();
    const [here, there] = [memoryStore(), memoryStore()];
    // A tab's write reaches the other tab after some turns of the event loop.
    const lateStore = {
      ...here,
      async setItem(key: string, value: string) {
        await here.setItem(key, value);
        setTimeout(() => void there.setItem(key, value), 50);
      },
    };
    const one = frontend(world, { store: lateStore, locks }, counting(count));
    const two = frontend(world, { store: there, locks }, counting(count));
    await signIn(world, one);
    await vi.waitFor(async () => expect(await two.session()).toBeDefined());
    const [first, second] = await Promise.all([one.refresh(), two.refresh()]);
    expect(second.accessToken).toBe(first.accessToken);
    expect(count.refreshes).toBe(1);
  });

  it("is made by the next tab when the tab that held the lock before failed", async () => {
    const world = await createWorld();
    const count = { refreshes: 0 };
    const shared = { store: memoryStore(), locks: sharedLocks() };
    const failing = frontend(world, shared, (url, _init, on) =>
      url.endsWith("/refresh") ? Promise.reject(new TypeError("Failed to fetch")) : on(),
    );
    const other = frontend(world, shared, counting(count));
    const { accessToken } = await signIn(world, failing);
    const [failed, refreshed] = await Promise.all([codeOf(failing.refresh()), other.refresh()]);
    expect(failed).toBe("unreachable");
    expect(refreshed.accessToken).not.toBe(accessToken);
    expect(count.refreshes).toBe(1);
  });

  it("happens without a call when the access token is about to expire, and not earlier", async () => {
    const world = await createWorld();
    const count = { refreshes: 0 };
    const phonegate = frontend(world, {}, counting(count));
    const { accessToken } = await signIn(world, phonegate);
    world.clock.nowMs += 589_000;
    expect(await phonegate.accessToken()).toBe(accessToken);
    world.clock.nowMs += 2000;
    expect(await phonegate.accessToken()).not.toBe(accessToken);
    expect(count.refreshes).toBe(1);
  });

  it("that learns that the session has ended forgets it and notifies the page", async () => {
    const world = await createWorld();
    const [here, there] = [frontend(world), frontend(world)];
    const changes: SessionChange[] = [];
    here.onSession((_session, change) => changes.push(change));
    await signIn(world, here);
    await signIn(world, there);
    await there.signOutEverywhere();
    expect(await codeOf(here.currentSession())).toBe("invalid_token");
    expect(await here.session()).toBeUndefined();
    expect(changes).toEqual(["opened", "lost"]);
    expect(await codeOf(here.accessToken())).toBe("no_session");
  });

  it("that fails for any other reason keeps the session", async () => {
    const world = await createWorld();
    let reachable = true;
    const phonegate = frontend(world, {}, (_url, _init, on) =>
      reachable ? on() : Promise.reject(new TypeError("Failed to fetch")),
    );
    const session = await signIn(world, phonegate);
    reachable = false;
    expect(await codeOf(phonegate.refresh())).toBe("unreachable");
    expect(await phonegate.session()).toEqual(session);
  });
});

describe("signing out", () => {
  it("ends this session, another one, or all", async () => {
    const world = await createWorld();
    const [one, two, three] = [frontend(world), frontend(world), frontend(world)];
    for (const each of [one, two, three]) await signIn(world, each);
    await one.signOut();
    expect(await one.session()).toBeUndefined();
    const list = await two.sessions();
    v.parse(sessionList, { sessions: list });
    expect(list.filter(({ current }) => current)).toHaveLength(1);
    expect(list).toHaveLength(2);
    const other = list.find(({ current }) => !current)?.session_id ?? "";
    await two.signOutSession(other);
    expect(await codeOf(three.refresh())).toBe("invalid_token");
    v.parse(currentSession, await two.currentSession());
    await two.signOutEverywhere();
    expect(await codeOf(two.sessions())).toBe("no_session");
  });

  it("succeeds without a session, and for a session that has already ended", async () => {
    const world = await createWorld();
    const [here, there] = [frontend(world), frontend(world)];
    await here.signOut();
    await signIn(world, here);
    await signIn(world, there);
    await there.signOutEverywhere();
    await here.signOut();
    expect(await here.session()).toBeUndefined();
  });

  it("forgets the session and rejects when the Worker cannot be reached", async () => {
    const world = await createWorld();
    let reachable = true;
    const phonegate = frontend(world, {}, (_url, _init, on) =>
      reachable ? on() : Promise.reject(new TypeError("Failed to fetch")),
    );
    await signIn(world, phonegate);
    reachable = false;
    expect(await codeOf(phonegate.signOut())).toBe("unreachable");
    expect(await phonegate.session()).toBeUndefined();
  });

  it("is not undone by a refresh of another tab that was in flight", async () => {
    const world = await createWorld();
    const gate = Promise.withResolvers<void>();
    const store = memoryStore();
    const answered = Promise.withResolvers<void>();
    const slow: Step = async (url, _init, on) => {
      const answer = await on();
      if (!url.endsWith("/refresh")) return answer;
      answered.resolve();
      await gate.promise;
      return answer;
    };
    const [here, there] = [frontend(world, { store }, slow), frontend(world, { store })];
    await signIn(world, there);
    const refreshed = codeOf(here.refresh());
    await answered.promise;
    await there.signOut();
    gate.resolve();
    expect(await refreshed).toBe("no_session");
    expect(await here.session()).toBeUndefined();
  });

  it("and signing in again in another tab is not undone by a refresh of the earlier session", async () => {
    const world = await createWorld();
    const gate = Promise.withResolvers<void>();
    const store = memoryStore();
    const late: Step = async (url, _init, on) => {
      if (url.endsWith("/refresh")) await gate.promise;
      return on();
    };
    const [here, there] = [frontend(world, { store }, late), frontend(world, { store })];
    await signIn(world, there);
    const refreshed = codeOf(here.refresh());
    await there.signOut();
    const { sessionId } = await signIn(world, there, "+12015550124");
    gate.resolve();
    expect(await refreshed).toBe("invalid_token");
    expect(await here.session()).toMatchObject({ sessionId });
  });

  it("is not undone by a refresh that was in flight", async () => {
    const world = await createWorld();
    const phonegate = frontend(world);
    await signIn(world, phonegate);
    const [refreshed] = await Promise.allSettled([phonegate.refresh(), phonegate.signOut()]);
    expect(refreshed.status).toBe("fulfilled");
    expect(await phonegate.session()).toBeUndefined();
  });
});

describe("a step-up", () => {
  it("sends a code to the session's number and renews auth_time of the same session", async () => {
    const world = await createBackendWorld();
    const phonegate = frontend(world);
    const before = await signIn(world, phonegate);
    world.clock.nowMs += 60_000;
    const { id, to, purpose } = await phonegate.startStepUp({ channel: "sms", locale: "de" });
    expect([to, purpose]).toEqual(["+1•••••0123", "step_up"]);
    const after = await phonegate.checkStepUp(id, await newestCode(world));
    expect(after).toMatchObject({ sessionId: before.sessionId, refreshToken: before.refreshToken });
    expect(after.accessToken).not.toBe(before.accessToken);
    await phonegate.refresh();
  });
});

describe("a proof", () => {
  it("is made by a check with only the id, and opens no session", async () => {
    const world = await createBackendWorld();
    const { id, code } = await startAs(world, shopKey, { to: number, purpose: "two_factor" });
    const phonegate = frontend(world);
    v.parse(approvedProof, await phonegate.checkProof(id, code));
    expect(await phonegate.session()).toBeUndefined();
  });
});

describe("the cookie transport", () => {
  it("requests the cookie only at check, refresh and sign-out, and keeps no refresh token", async () => {
    const world = await createWorld();
    let cookie = "";
    const withCookie: string[] = [];
    // The test sets the cookie and the Fetch Metadata headers, as a browser does.
    const phonegate = createPhonegate({
      baseUrl: workerOrigin,
      transport: "cookie",
      now: () => world.clock.nowMs,
      async fetch(url, init) {
        const credentials = init.credentials === "include";
        if (credentials) withCookie.push(new URL(url).pathname.replace(/vrf_[^/]+/, "{id}"));
        const headers = { ...init.headers, "Sec-Fetch-Site": "same-origin" };
        const sent = credentials && cookie !== "" ? { ...headers, Cookie: cookie } : headers;
        const answer = await world.send(url, { ...init, headers: sent });
        const set = answer.headers.get("Set-Cookie");
        if (set !== null) cookie = /^[^;]+/.exec(set)?.[0].replace(/=$/, "") ?? "";
        return answer;
      },
    });
    const session = await signIn(world, phonegate);
    expect(session.refreshToken).toBeUndefined();
    expect(cookie).toMatch(/^__Host-phonegate=rt_/);
    const before = cookie;
    await phonegate.refresh();
    expect(cookie).not.toBe(before);
    await phonegate.sessions();
    await phonegate.signOut();
    expect(withCookie).toEqual([
      "/v1/verifications/{id}/check",
      "/v1/sessions/refresh",
      "/v1/sessions/current",
    ]);
  });
});
