import { describe, expect, it } from "vitest";
import { asBackend, bankKey, createBackendWorld } from "../helpers/backend.ts";
import { decisions, guarded, logged, watchedWorld } from "../helpers/guard.ts";
import { kindOf } from "../helpers/racing.ts";
import { createWorld, start, type World } from "../helpers/world.ts";

const to = "+12015550123";

/** Returns a rate-limiting binding that allows this many requests and records the keys. */
function gate(lets = Number.POSITIVE_INFINITY) {
  const keys: string[] = [];
  const limit = async ({ key }: { key: string }) => ({ success: keys.push(key) <= lets });
  return { keys, limit };
}

const shut = () => gate(0);

type Ask = (world: World, id: string, headers?: Record<string, string>) => Promise<Response>;
const requests: readonly (readonly [string, Ask])[] = [
  ["a read", (world, id, headers = {}) => world.send(`/v1/verifications/${id}`, { headers })],
  [
    "a cancel",
    (world, id, headers = {}) =>
      world.send(`/v1/verifications/${id}`, { method: "DELETE", headers }),
  ],
  [
    "a check",
    (world, id, headers) =>
      world.post(`/v1/verifications/${id}/check`, { code: "000000" }, headers),
  ],
  ["a resend", (world, id, headers) => world.post(`/v1/verifications/${id}/resend`, {}, headers)],
];

describe("the flood limit of requests that name a verification", () => {
  it.each(requests)(
    "refuses %s with 429 for a minute, and no store is called",
    async (_name, ask) => {
      const { world, calls } = await watchedWorld({ ...guarded });
      const { id } = await start(world, to);
      const [FLOOD, FLOOD_BY_ID] = [gate(), shut()];
      Object.assign(world.settings, { FLOOD, FLOOD_BY_ID });
      calls.length = 0;
      const answer = await ask(world, id);
      expect(answer.headers.get("Retry-After")).toBe("60");
      expect(await kindOf(answer)).toBe("429 rate_limited");
      expect(calls).toEqual([]);
      expect([FLOOD.keys, FLOOD_BY_ID.keys]).toEqual([[], ["198.51.100.7"]]);
      expect(decisions(world).at(-1)).toMatchObject({
        verdict: "refuse",
        rules: "flood:refuse",
        address: expect.stringMatching(/^[a-p]{24}$/),
      });
    },
  );

  it("is separate from the limit of starts", async () => {
    const [FLOOD, FLOOD_BY_ID] = [gate(2), gate(600)];
    const world = await createWorld({ env: { ...guarded, FLOOD, FLOOD_BY_ID } });
    const { id } = await start(world, to);
    for (let reads = 0; reads < 600; reads += 1)
      expect((await world.send(`/v1/verifications/${id}`)).status).toBe(200);
    expect(await kindOf(await world.send(`/v1/verifications/${id}`))).toBe("429 rate_limited");
    expect((await world.post("/v1/verifications", { to })).status).toBe(201);
    expect(await kindOf(await world.post("/v1/verifications", { to }))).toBe("429 rate_limited");
    expect([FLOOD.keys.length, FLOOD_BY_ID.keys.length]).toEqual([3, 601]);
  });

  it("counts an IPv6 network as one address", async () => {
    const FLOOD_BY_ID = gate();
    const world = await createWorld({ env: { ...guarded, FLOOD_BY_ID } });
    const { id } = await start(world, to);
    for (const address of ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"])
      await world.send(`/v1/verifications/${id}`, { headers: { "CF-Connecting-IP": address } });
    expect(FLOOD_BY_ID.keys).toEqual(["2001:db8:1:2::/64", "2001:db8:1:2::/64"]);
  });

  it.each(requests)("does not apply to a service key at %s", async (_name, ask) => {
    const FLOOD_BY_ID = shut();
    const world = await createBackendWorld({ ...guarded, FLOOD_BY_ID });
    const { id } = await start(world, to);
    expect((await ask(world, id, asBackend(bankKey))).status).not.toBe(401);
    const unlisted = await ask(world, id, asBackend(`${bankKey}x`));
    expect(await kindOf(unlisted)).toBe("401 invalid_service_key");
    expect(FLOOD_BY_ID.keys).toEqual([]);
  });

  it("fails open if its binding fails, and logs it", async () => {
    const limit = () => Promise.reject(new Error("down"));
    const world = await createWorld({ env: { ...guarded, FLOOD_BY_ID: { limit } } });
    const { id } = await start(world, to);
    expect((await world.send(`/v1/verifications/${id}`)).status).toBe(200);
    expect(logged(world, "store.failed")).toMatchObject([{ store: "flood" }]);
  });

  it.each([
    ["off", 0],
    ["record", 1],
  ])("with flood:%s allows the request", async (mode, asked) => {
    const FLOOD_BY_ID = shut();
    const env = { ...guarded, FLOOD_BY_ID, GUARD_RULES: `flood:${mode}` };
    const world = await createWorld({ env });
    const { id } = await start(world, to);
    expect((await world.send(`/v1/verifications/${id}`)).status).toBe(200);
    expect(FLOOD_BY_ID.keys).toHaveLength(asked);
    expect(decisions(world).filter(({ rules }) => rules === "flood:record")).toHaveLength(asked);
  });
});
