// A browser can refuse storage and locks: the storage is full, the window is private, cookies are
// blocked, or the frame is sandboxed.
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

/** Returns a store in which these methods refuse. */
const refusing = (methods: Partial<TokenStore>): TokenStore => ({ ...memoryStore(), ...methods });

function errorsOf(phonegate: Phonegate): PhonegateError[] {
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

  it("reports the refusal to the page once, with the error's name and without the tokens", async () => {
    const world = await createWorld();
    const phonegate = frontend(world, { store: refusing({ setItem: full }) });
    const before = errorsOf(phonegate);
    await signIn(world, phonegate);
    await phonegate.refresh();
    expect(before.map(({ code, status }) => [code, status])).toEqual([["storage_unavailable", 0]]);
    expect(before[0]?.message).toContain("QuotaExceededError");
    expect(JSON.stringify(before)).not.toContain("rt_");
    expect(errorsOf(phonegate)).toEqual([]);
  });

  it("reports an earlier refusal to a page that adds its listener later", async () => {
    const world = await createWorld();
    const phonegate = frontend(world, { store: refusing({ getItem: denied }) });
    expect(await phonegate.session()).toBeUndefined();
    expect(errorsOf(phonegate).map(({ code }) => code)).toEqual(["storage_unavailable"]);
  });

  it("reports nothing when the store works", async () => {
    const world = await createWorld();
    const phonegate = frontend(world, { store: memoryStore(), locks: sharedLocks() });
    const errors = errorsOf(phonegate);
    await signIn(world, phonegate);
    await phonegate.refresh();
    expect(errors).toEqual([]);
  });
});

it("a store that fills up keeps no used refresh token, because its reuse would end the session", async () => {
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
  // The next page finds no session in the store, and the session itself is not revoked.
  expect(await frontend(world, { store }).session()).toBeUndefined();
  isFull = false;
  const session = await phonegate.refresh();
  expect(await frontend(world, { store }).session()).toEqual(session);
});

it("a page keeps its session when the store is denied later", async () => {
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
  ])("that %s are not used, and the page is notified once", async (_name, request) => {
    const world = await createWorld();
    const count = { refreshes: 0 };
    const phonegate = frontend(world, { locks: { request } }, counting(count));
    const errors = errorsOf(phonegate);
    const { refreshToken } = await signIn(world, phonegate);
    expect((await phonegate.refresh()).refreshToken).not.toBe(refreshToken);
    await phonegate.refresh();
    expect(count.refreshes).toBe(2);
    expect(errors.map(({ code }) => code)).toEqual(["storage_unavailable"]);
  });

  it("that another tab steals during a refresh do not cause a second refresh", async () => {
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

  it("leave the error of a refused refresh unchanged", async () => {
    const world = await createWorld();
    const [here, there] = [frontend(world, { locks: sharedLocks() }), frontend(world)];
    await signIn(world, here);
    await signIn(world, there, number);
    await there.signOutEverywhere();
    const errors = errorsOf(here);
    expect(await codeOf(here.refresh())).toBe("invalid_token");
    expect(errors).toEqual([]);
  });
});
