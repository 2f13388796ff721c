import { describe, expect, it } from "vitest";
import { memoryStore, type PhonegateOptions, type TokenStore } from "../../src/client/index.ts";
import { createWorld, workerOrigin, type World } from "../helpers/world.ts";
import { frontend, newestCode, number, signIn } from "./frontend.ts";

const other = "+12015550124";
const key = `phonegate:${workerOrigin}:devices`;

/** A frontend, and the device tokens that each of its starts has brought. */
function watched(world: World, options: Partial<PhonegateOptions> = {}) {
  const brought: (readonly string[] | undefined)[] = [];
  const phonegate = frontend(world, options, (url, init, on) => {
    if (url.endsWith("/verifications")) {
      const body: { device_tokens?: string[] } = JSON.parse(init.body ?? "");
      brought.push(body.device_tokens);
    }
    return on();
  });
  return { phonegate, brought };
}

/** A store whose items can be looked at. */
function openStore() {
  const items = new Map<string, string>();
  const store: TokenStore = {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => items.set(name, value),
    removeItem: (name) => items.delete(name),
  };
  return { items, store };
}

/** Ten sends by strangers: the number's window for them is closed for the day. */
async function closeForStrangers(world: World): Promise<void> {
  for (let sends = 0; sends < 10; sends += 1) {
    await world.post(
      "/v1/verifications",
      { to: number },
      { "CF-Connecting-IP": `192.0.2.${sends}` },
    );
    if (sends === 4) world.clock.nowMs += 600_000;
  }
}

const deviceOf = (token: string | undefined) => token?.split(".")[0];

describe("a device", () => {
  it("that signed in is known at its next start, in any spelling, where strangers are refused", async () => {
    const world = await createWorld();
    const { phonegate, brought } = watched(world);
    await signIn(world, phonegate);
    await phonegate.signOut();
    await closeForStrangers(world);
    await expect(frontend(world).start({ to: number })).rejects.toMatchObject({
      code: "rate_limited",
    });
    await phonegate.start({ to: "(201) 555-0123", country: "US" });
    expect(brought).toEqual([undefined, [expect.stringMatching(/^dev_/)]]);
  });

  it("brings the same tokens with a start for any number: it does not know whose they are", async () => {
    const world = await createWorld();
    const { items, store } = openStore();
    const { phonegate, brought } = watched(world, { store });
    await signIn(world, phonegate, number);
    await signIn(world, phonegate, other);
    await phonegate.start({ to: "+12015550125" });
    expect(brought[2]).toHaveLength(2);
    expect(JSON.parse(items.get(key) ?? "")).toEqual(brought[2]);
    for (const value of items.values()) expect(value).not.toMatch(/2015550|5550/);
  });

  it("keeps one token of each number, the last three, the newest first", async () => {
    const world = await createWorld();
    const { phonegate, brought } = watched(world);
    const numbers = [number, number, other, "+12015550125", number, "+12015550126"];
    for (const each of numbers) await signIn(world, phonegate, each);
    await phonegate.start({ to: number });
    expect(brought.map((tokens) => tokens?.length)).toEqual([undefined, 1, 1, 2, 3, 3, 3]);
    const [first, second] = [brought[1]?.[0], brought[2]?.[0]];
    expect(second).not.toBe(first);
    expect(deviceOf(second)).toBe(deviceOf(first));
    // Of four numbers the one that signed in longest ago is gone: the second one.
    expect(brought[6]?.map(deviceOf)).toEqual([
      expect.any(String),
      deviceOf(first),
      deviceOf(brought[4]?.[0]),
    ]);
  });

  it("renews its token by a step-up, and by a sign-in that a backend started", async () => {
    const world = await createWorld({ env: { PURPOSES: "sign_in,step_up" } });
    const { phonegate, brought } = watched(world);
    await signIn(world, phonegate);
    const { id } = await phonegate.startStepUp();
    await phonegate.checkStepUp(id, await newestCode(world));
    const byBackend = await world.post("/v1/verifications", { to: other });
    const started = await byBackend.json<{ id: string }>();
    await phonegate.check(started.id, await newestCode(world, other));
    await phonegate.start({ to: number });
    expect(brought.map((tokens) => tokens?.length)).toEqual([undefined, 1, 2]);
    expect(brought[2]?.[1]).not.toBe(brought[1]?.[0]);
    expect(deviceOf(brought[2]?.[1])).toBe(deviceOf(brought[1]?.[0]));
  });

  it("stays known after signing out, and is a stranger once it is forgotten", async () => {
    const world = await createWorld();
    const { items, store } = openStore();
    const { phonegate, brought } = watched(world, { store });
    await signIn(world, phonegate);
    await phonegate.signOut();
    expect([...items.keys()]).toEqual([key]);
    await signIn(world, phonegate);
    await phonegate.forgetDevice();
    expect(items.has(key)).toBe(false);
    expect(await phonegate.session()).toBeDefined();
    await phonegate.start({ to: number });
    expect(brought).toEqual([undefined, [expect.any(String)], undefined]);
  });

  it("is forgotten by signing out everywhere", async () => {
    const world = await createWorld();
    const { phonegate, brought } = watched(world);
    await signIn(world, phonegate);
    await phonegate.signOutEverywhere();
    await phonegate.start({ to: number });
    expect(brought.at(-1)).toBeUndefined();
  });

  it('with store "none" keeps no token, and its session in memory', async () => {
    const world = await createWorld();
    const { phonegate, brought } = watched(world, { store: "none" });
    const session = await signIn(world, phonegate);
    expect(await phonegate.session()).toEqual(session);
    await phonegate.forgetDevice();
    await phonegate.start({ to: number });
    expect(brought).toEqual([undefined, undefined]);
  });

  it.each(["{nonsense", '{"a":1}', '[1,null,{},"","x"]', '"dev_x"', `["dev_${"x".repeat(2000)}"]`])(
    "goes on where another script has written %s into the store",
    async (written) => {
      const world = await createWorld();
      const { store } = openStore();
      await store.setItem(key, written);
      const { phonegate, brought } = watched(world, { store });
      await signIn(world, phonegate);
      await phonegate.start({ to: number });
      expect(brought).toEqual([undefined, [expect.stringMatching(/^dev_/)]]);
    },
  );

  it("brings three tokens at the most, whatever the store holds", async () => {
    const world = await createWorld();
    const store = memoryStore();
    await store.setItem(key, JSON.stringify(["dev_1", "dev_2", "dev_3", "dev_4"]));
    const { phonegate, brought } = watched(world, { store });
    await phonegate.start({ to: number });
    expect(brought).toEqual([["dev_1", "dev_2", "dev_3"]]);
  });
});
