import { describe, expect, it } from "vitest";
import { memoryStore, type PhonegateOptions, type TokenStore } from "../../src/client/index.ts";
import { createWorld, workerOrigin, type World } from "../helpers/world.ts";
import { frontend, newestCode, number, signIn } from "./frontend.ts";

const other = "+12015550124";
const key = `phonegate:${workerOrigin}:devices`;

/** Returns a frontend, and a list of the device tokens that each of its starts has sent. */
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

/** Returns a store whose items the test can read. */
function openStore() {
  const items = new Map<string, string>();
  const store: TokenStore = {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => items.set(name, value),
    removeItem: (name) => items.delete(name),
  };
  return { items, store };
}

/**
 * Sends ten codes from unknown devices, after which unknown devices cannot send to the number that
 * day.
 */
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
  it("that signed in can start again, with the number in any spelling, where unknown devices are refused", async () => {
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

  it("sends the same tokens with a start for any number, because it does not store the numbers", async () => {
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

  it("keeps one token for each of the last three numbers, the newest first", async () => {
    const world = await createWorld();
    const { phonegate, brought } = watched(world);
    const numbers = [number, number, other, "+12015550125", number, "+12015550126"];
    for (const each of numbers) await signIn(world, phonegate, each);
    await phonegate.start({ to: number });
    expect(brought.map((tokens) => tokens?.length)).toEqual([undefined, 1, 1, 2, 3, 3, 3]);
    const [first, second] = [brought[1]?.[0], brought[2]?.[0]];
    expect(second).not.toBe(first);
    expect(deviceOf(second)).toBe(deviceOf(first));
    // Four numbers signed in. The token of the second number is dropped, because it signed in
    // longest ago.
    expect(brought[6]?.map(deviceOf)).toEqual([
      expect.any(String),
      deviceOf(first),
      deviceOf(brought[4]?.[0]),
    ]);
  });

  it("renews its token at a step-up, and at a sign-in that a backend started", async () => {
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

  it("stays known after signing out, and is unknown after forgetDevice()", async () => {
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

  it("is unknown after signing out everywhere", async () => {
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
    "works when another script has written %s into the store",
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

  it("sends at most three tokens, whatever the store holds", async () => {
    const world = await createWorld();
    const store = memoryStore();
    await store.setItem(key, JSON.stringify(["dev_1", "dev_2", "dev_3", "dev_4"]));
    const { phonegate, brought } = watched(world, { store });
    await phonegate.start({ to: number });
    expect(brought).toEqual([["dev_1", "dev_2", "dev_3"]]);
  });
});
