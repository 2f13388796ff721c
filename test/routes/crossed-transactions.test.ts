import { reset } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import {
  TWIN_VERIFY_SERVICE_SID_TRANSACTION,
  TWIN_VERIFY_SERVICE_SID_TWO_FACTOR,
} from "../../src/twin/seed.ts";
import {
  asBackend,
  bankKey,
  checkAs,
  createBackendWorld,
  startAs,
  type Started,
} from "../helpers/backend.ts";
import { kindOf } from "../helpers/racing.ts";
import type { World } from "../helpers/world.ts";

const to = "+12015550123";
const seconds = 1000;
const transfer = {
  to,
  purpose: "transaction",
  subject: "user-42",
  amr: ["pwd"],
  transaction: { payee: "ACME Ltd", amount: "10.00 EUR" },
};
/** Twilio's service for transactions insists on payee and amount (PSD2). */
const plainService = {
  TWILIO_VERIFY_SERVICE_SID_TRANSACTION: TWIN_VERIFY_SERVICE_SID_TWO_FACTOR,
  TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR: TWIN_VERIFY_SERVICE_SID_TRANSACTION,
};
const other = { ...transfer, transaction: { payee: "Mallory", amount: "9000.00 EUR" } };

afterEach(reset);

/** A world in which something can happen while a send is on its way to Twilio. */
async function slowWorld(env: Record<string, unknown> = {}) {
  const state: { meanwhile?: (() => Promise<unknown>) | undefined } = {};
  const world = await createBackendWorld(env, {
    network: async (request, twin) => {
      const { meanwhile } = state;
      if (request.url.endsWith("/Verifications")) {
        state.meanwhile = undefined;
        await meanwhile?.();
      }
      return twin(request);
    },
  });
  return { world, state };
}

const startOther = (world: World) => world.post("/v1/verifications", other, asBackend(bankKey));

describe("a resend that is overtaken", () => {
  it.each([
    [
      "by its approval",
      async (world: World, first: Started) =>
        expect((await checkAs(world, first)).status).toBe(200),
    ],
    [
      "by its DELETE",
      async (world: World, { id }: Started) => {
        await world.send(`/v1/verifications/${id}`, { method: "DELETE" });
      },
    ],
  ])("%s leaves no code for the next transaction", async (_, overtake) => {
    const { world, state } = await slowWorld();
    const first = await startAs(world, bankKey, transfer);
    world.clock.nowMs += 31 * seconds;
    state.meanwhile = () => overtake(world, first);
    await world.post(`/v1/verifications/${first.id}/resend`, {});
    const [late] = await world.inbox(to);
    const second = await startAs(world, bankKey, other);
    expect(second.code).not.toBe(late?.code);
    const crossed = await checkAs(world, { id: second.id, code: late?.code ?? "" });
    expect(await kindOf(crossed)).toBe("422 wrong_code");
    expect((await checkAs(world, second)).status).toBe(200);
  });
});

describe("another transaction, while a resend is on its way", () => {
  it("is told what a number over its window is told: the resend would carry its code", async () => {
    const { world, state } = await slowWorld();
    const first = await startAs(world, bankKey, transfer);
    world.clock.nowMs += 31 * seconds;
    let refused: Response | undefined;
    state.meanwhile = async () => {
      refused = await startOther(world);
    };
    const resent = await world.post(`/v1/verifications/${first.id}/resend`, {});
    expect(resent.status).toBe(200);
    expect(refused && (await kindOf(refused))).toBe("429 rate_limited");
    expect((await checkAs(world, first)).status).toBe(200);
    expect((await startOther(world)).status).toBe(201);
  });
});

describe("another transaction whose start is refused", () => {
  it("by the day's budget ends nobody's confirmation", async () => {
    const { world } = await slowWorld({ LIMIT_SEND_TOTAL: "1/1d" });
    const first = await startAs(world, bankKey, transfer);
    expect(await kindOf(await startOther(world))).toBe("503 send_budget_exhausted");
    expect((await checkAs(world, first)).status).toBe(200);
  });

  it("because Twilio could not cancel ends nobody's confirmation", async () => {
    const { world } = await slowWorld();
    const first = await startAs(world, bankKey, transfer);
    await world.fault({ count: 2, status: 500 });
    expect(await kindOf(await startOther(world))).toBe("503 provider_unavailable");
    expect((await checkAs(world, first)).status).toBe(200);
  });
});

describe("a start just past the end of one whose answer was lost", () => {
  it.each([
    ["shows what it confirms", other, {}],
    ["shows nothing of it", { ...other, transaction: { order: 7 } }, plainService],
  ])("and %s does not take that one's code for its own", async (_, second, env) => {
    let isLost = true;
    const world = await createBackendWorld(env, {
      network: async (request, twin) => {
        if (!isLost || !request.url.endsWith("/Verifications")) return twin(request);
        isLost = false;
        // Twilio's verification ends after what the ledger has reserved.
        world.clock.nowMs += 5 * seconds;
        await twin(request);
        throw new TypeError("network");
      },
    });
    const lost = await world.post("/v1/verifications", transfer, asBackend(bankKey));
    expect(await kindOf(lost)).toBe("503 provider_unavailable");
    const [text] = await world.inbox(to);
    world.clock.nowMs += 595.5 * seconds;
    const refused = await world.post("/v1/verifications", second, asBackend(bankKey));
    expect(await kindOf(refused)).toBe("502 provider_bad_response");
    const [newest] = await world.inbox(to);
    expect(newest?.code).toBe(text?.code);
    world.clock.nowMs += 10 * 60 * seconds;
    const third = await startAs(world, bankKey, second);
    expect((await checkAs(world, third)).status).toBe(200);
  });
});
