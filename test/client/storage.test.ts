// Browsers refuse storage and locks: full, private windows, blocked cookies, sandboxed frames.
import { describe, expect, it } from "vitest";
import {
  memoryStore,
  type Locks,
  type Phonegate,
  type PhonegateError,
  type TokenStore,
} from "../../src/client/index.ts";
import { createWorld } from "../helpers/world.ts";
import { codeOf, counting, frontend, number, sharedLocks, signIn } from "./frontend.ts";

const full = (): never => {
  throw new DOMException("The quota has been exceeded: rt_secret", "QuotaExceededError");
};
const denied = (): never => {
  throw new DOMException("Access is denied for this document.", "SecurityError");
};

/** A store where some of its methods refuse. */
const refusing = (methods: Partial<TokenStore>): TokenStore => ({ ...memoryStore(), ...methods });

function told(phonegate: Phonegate): PhonegateError[] {
  const errors: PhonegateError[] = [];
  phonegate.onError((error) => errors.push(error));
  return errors;
}

describe("a session after the right code", () => {
  it.each([
    ["is full", { setItem: full }],
    ["is denied", { getItem: denied, setItem: denied, removeItem: denied }],
    [
      "rejects",
      {
        getItem: () => Promise.reject(new Error("no key chain")),
        setItem: () => Promise.reject(new Error("no key chain")),
        removeItem: () => Promise.reject(new Error("no key chain")),
      },
    ],
    ["can be read alone", { setItem: denied, removeItem: denied }],
  ])("is kept in memory where the store %s, is refreshed, and ends", async (_name, methods) => {
    const world = await createWorld();
    const phonegate = frontend(world, { store: refusing(methods) });
    const session = await signIn(world, phonegate);
    expect(await phonegate.session()).toEqual(session);
    world.clock.nowMs += 600_000;
    expect(await phonegate.accessToken()).not.toBe(session.accessToken);
    world.clock.nowMs += 600_000;
    await phonegate.sessions();
    await phonegate.signOut();
    expect(await phonegate.session()).toBeUndefined();
  });

  it("is told to the page once, with a name and nothing of what was to be kept", async () => {
    const world = await createWorld();
    const phonegate = frontend(world, { store: refusing({ setItem: full }) });
    const before = told(phonegate);
    await signIn(world, phonegate);
    await phonegate.refresh();
    expect(before.map(({ code, status }) => [code, status])).toEqual([["storage_unavailable", 0]]);
    expect(before[0]?.message).toContain("QuotaExceededError");
    expect(JSON.stringify(before)).not.toContain("rt_");
    expect(told(phonegate)).toEqual([]);
  });

  it("is told to a page that listens only later", async () => {
    const world = await createWorld();
    const phonegate = frontend(world, { store: refusing({ getItem: denied }) });
    expect(await phonegate.session()).toBeUndefined();
    expect(told(phonegate).map(({ code }) => code)).toEqual(["storage_unavailable"]);
  });

  it("is told nothing of where the store works", async () => {
    const world = await createWorld();
    const phonegate = frontend(world, { store: memoryStore(), locks: sharedLocks() });
    const errors = told(phonegate);
    await signIn(world, phonegate);
    await phonegate.refresh();
    expect(errors).toEqual([]);
  });
});

it("a store that fills up keeps no spent refresh token, which would end the session", async () => {
  const world = await createWorld();
  let isFull = false;
  const items = memoryStore();
  const store = {
    ...items,
    setItem: (key: string, value: string) => (isFull ? full() : items.setItem(key, value)),
  };
  const phonegate = frontend(world, { store });
  await signIn(world, phonegate);
  isFull = true;
  await phonegate.refresh();
  world.clock.nowMs += 60_000;
  // The next page: it knows of no session, and the one that runs on is not revoked.
  expect(await frontend(world, { store }).session()).toBeUndefined();
  isFull = false;
  const session = await phonegate.refresh();
  expect(await frontend(world, { store }).session()).toEqual(session);
});

it("a store that is denied in the middle leaves the page its session", async () => {
  const world = await createWorld();
  let isDenied = false;
  const items = memoryStore();
  const or = <Result>(work: () => Result): Result => (isDenied ? denied() : work());
  const phonegate = frontend(world, {
    store: {
      getItem: (key) => or(() => items.getItem(key)),
      setItem: (key, value) => or(() => items.setItem(key, value)),
      removeItem: (key) => or(() => items.removeItem(key)),
    },
  });
  const session = await signIn(world, phonegate);
  isDenied = true;
  expect(await phonegate.session()).toEqual(session);
  await phonegate.signOut();
  expect(await phonegate.session()).toBeUndefined();
});

describe("locks", () => {
  it.each<[string, Locks["request"]]>([
    ["reject", () => Promise.reject(new DOMException("denied", "SecurityError"))],
    ["throw", denied],
  ])("that %s are done without, and told once", async (_name, request) => {
    const world = await createWorld();
    const count = { refreshes: 0 };
    const phonegate = frontend(world, { locks: { request } }, counting(count));
    const errors = told(phonegate);
    const { refreshToken } = await signIn(world, phonegate);
    expect((await phonegate.refresh()).refreshToken).not.toBe(refreshToken);
    await phonegate.refresh();
    expect(count.refreshes).toBe(2);
    expect(errors.map(({ code }) => code)).toEqual(["storage_unavailable"]);
  });

  it("that are taken away during a refresh do not begin a second one", async () => {
    const world = await createWorld();
    const count = { refreshes: 0 };
    const stolen: Locks = {
      request: (name, _options, work) => {
        void work({ name });
        return Promise.reject(new DOMException("stolen", "AbortError"));
      },
    };
    const phonegate = frontend(world, { locks: stolen }, counting(count));
    const { refreshToken } = await signIn(world, phonegate);
    expect((await phonegate.refresh()).refreshToken).not.toBe(refreshToken);
    expect(count.refreshes).toBe(1);
  });

  it("pass on what the refresh itself is refused for", async () => {
    const world = await createWorld();
    const [here, there] = [frontend(world, { locks: sharedLocks() }), frontend(world)];
    await signIn(world, here);
    await signIn(world, there, number);
    await there.signOutEverywhere();
    const errors = told(here);
    expect(await codeOf(here.refresh())).toBe("invalid_token");
    expect(errors).toEqual([]);
  });
});
