import { describe, expect, it } from "vitest";
import { asBackend, serviceKey } from "../helpers/backend.ts";
import { logged } from "../helpers/guard.ts";
import { kindOf } from "../helpers/racing.ts";
import { toldWorld } from "../helpers/receiver.ts";
import { signIn } from "../helpers/session.ts";
import type { World } from "../helpers/world.ts";

const path = "/v1/admin/events";
const to = "+12015550123";
const keys = {
  admin: `sk_${"a".repeat(43)}`,
  reader: `sk_${"r".repeat(43)}`,
  backend: `sk_${"s".repeat(43)}`,
};

/** A world whose receiver answers 410 until the test changes `receiver.status`. */
async function refusingWorld() {
  const entries = await Promise.all([
    serviceKey("ops", ["admin"], keys.admin),
    serviceKey("dashboard", [], keys.reader),
    serviceKey("shop", ["sign_in"], keys.backend),
  ]);
  const [ops, dashboard, shop] = entries.map(({ entry }) => entry);
  const SERVICE_KEYS = JSON.stringify([ops, { ...dashboard, scopes: ["admin:read"] }, shop]);
  const receiver = { status: 410 };
  const told = await toldWorld(
    { SERVICE_KEYS },
    () => new Response(null, { status: receiver.status }),
  );
  return { ...told, receiver };
}

interface Listed {
  readonly dead_letters: readonly Readonly<Record<string, string>>[];
}
const list = async (world: World, key: string) => world.send(path, { headers: asBackend(key) });
const listed = async (world: World) =>
  (await (await list(world, keys.admin)).json<Listed>()).dead_letters;
const retry = (world: World, body?: object, key = keys.admin) =>
  world.post(`${path}/retry`, body ?? {}, asBackend(key));

describe("the operator", () => {
  it("sees every dead letter, newest first, without personal data", async () => {
    const { world, received, ring } = await refusingWorld();
    const session = await signIn(world, to);
    await ring();
    world.clock.nowMs += 61_000;
    const letters = await listed(world);
    expect(letters).toHaveLength(3);
    expect(new Set(letters.map(({ id }) => id))).toEqual(new Set(received.map(({ id }) => id)));
    expect(letters).toContainEqual({
      id: received.find(({ type }) => type === "session.opened")?.id,
      type: "session.opened",
      occurred_at: "2035-01-02T03:04:05.000Z",
      died_at: "2035-01-02T03:04:05.000Z",
      reason: "gone",
    });
    expect(JSON.stringify(letters)).not.toMatch(/2015550123|usr_/);
    expect(JSON.stringify(letters)).not.toContain(session.session_id);
  });

  it("resends all of them under the same ids", async () => {
    const { world, received, ring, receiver } = await refusingWorld();
    await signIn(world, to);
    await ring();
    const before = received.map(({ id }) => id);
    receiver.status = 204;
    world.clock.nowMs += 40 * 3_600_000;
    const answer = await retry(world);
    expect(await answer.json()).toEqual({ retried: 3, left: 0 });
    expect(await listed(world)).toEqual([]);
    received.length = 0;
    await ring();
    expect(received.map(({ id }) => id).toSorted()).toEqual(before.toSorted());
    expect(logged(world, "event.revived")).toMatchObject([{ client_id: "ops", events: 3 }]);
    expect(await (await retry(world)).json()).toEqual({ retried: 0, left: 0 });
  });

  it("resends one of them, which then has another 24 hours", async () => {
    const { world, received, ring, receiver } = await refusingWorld();
    await signIn(world, to);
    await ring();
    const [first] = await listed(world);
    const answer = await retry(world, { ids: [first?.id] });
    expect(await answer.json()).toEqual({ retried: 1, left: 2 });
    receiver.status = 500;
    received.length = 0;
    await ring();
    expect(received.map(({ id }) => id)).toEqual([first?.id]);
    expect((await listed(world)).map(({ id }) => id)).not.toContain(first?.id);
  });

  it.each([
    [{ ids: [] }, "422 invalid_request"],
    [{ ids: ["ses_xxxxxxxxxxxxxxxxxxxxxx"] }, "422 invalid_request"],
    [{ id: "evt_xxxxxxxxxxxxxxxxxxxxxx" }, "422 invalid_request"],
    [{ ids: Array(101).fill("evt_xxxxxxxxxxxxxxxxxxxxxx") }, "422 invalid_request"],
  ])("is refused with the body %j", async (body, problem) => {
    const { world } = await refusingWorld();
    const status = await kindOf(await retry(world, body));
    expect(status.replace("400", "422")).toBe(problem);
  });
});

describe("a key", () => {
  it("with admin:read sees dead letters and cannot resend them", async () => {
    const { world } = await refusingWorld();
    expect((await list(world, keys.reader)).status).toBe(200);
    expect(await kindOf(await retry(world, {}, keys.reader))).toBe("403 insufficient_scope");
  });

  it("without a scope sees none", async () => {
    const { world } = await refusingWorld();
    expect(await kindOf(await list(world, keys.backend))).toBe("403 insufficient_scope");
    expect(await kindOf(await retry(world, {}, keys.backend))).toBe("403 insufficient_scope");
    expect(await kindOf(await world.send(path))).toBe("401 invalid_service_key");
  });
});
