import { describe, expect, it } from "vitest";
import {
  TWIN_VERIFY_SERVICE_SID_TRANSACTION,
  TWIN_VERIFY_SERVICE_SID_TWO_FACTOR,
} from "../../src/twin/seed.ts";
import { patienceMs } from "../../src/ledger/waiting-room.ts";
import { ledgerArrivals } from "../helpers/arrivals.ts";
import {
  asBackend,
  bankKey,
  checkAs,
  createBackendWorld,
  startAs,
  type Started,
} from "../helpers/backend.ts";
import { holdTimers } from "../helpers/held-timers.ts";
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
/** Twilio's service for transactions requires payee and amount (PSD2). */
const plainService = {
  TWILIO_VERIFY_SERVICE_SID_TRANSACTION: TWIN_VERIFY_SERVICE_SID_TWO_FACTOR,
  TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR: TWIN_VERIFY_SERVICE_SID_TRANSACTION,
};
const other = { ...transfer, transaction: { payee: "Mallory", amount: "9000.00 EUR" } };

/** A world that can run other requests while a send is in flight. */
async function slowWorld(env: Record<string, unknown> = {}) {
  const ledger = ledgerArrivals();
  const state: { meanwhile?: (() => Promise<unknown>) | undefined } = {};
  const world = await createBackendWorld(
    { ...ledger.bindings, ...env },
    {
      network: async (request, twin) => {
        const { meanwhile } = state;
        if (request.url.endsWith("/Verifications")) {
          state.meanwhile = undefined;
          await meanwhile?.();
        }
        return twin(request);
      },
    },
  );
  /** A resend of the verification. `during` is sent to the ledger while Twilio is asked. */
  async function resendDuring<Answer>({ id }: Started, during: () => Promise<Answer>) {
    world.clock.nowMs += 31 * seconds;
    let arrived: { answer: Promise<Answer> } | undefined;
    state.meanwhile = async () => {
      arrived = await ledger.arrives(during);
    };
    const resent = await world.post(`/v1/verifications/${id}/resend`, {});
    if (arrived === undefined) throw new Error("nothing was sent");
    return { resent, answer: await arrived.answer };
  }
  return { world, state, resendDuring };
}

const startOther = (world: World) => world.post("/v1/verifications", other, asBackend(bankKey));

describe("a resend", () => {
  it.each([
    ["a right code", 200, (world: World, first: Started) => checkAs(world, first)],
    [
      "a DELETE",
      204,
      (world: World, { id }: Started) =>
        world.send(`/v1/verifications/${id}`, { method: "DELETE" }),
    ],
  ])("during which %s comes leaves no code for the next transaction", async (_, status, during) => {
    const { world, resendDuring } = await slowWorld();
    const first = await startAs(world, bankKey, transfer);
    const { answer } = await resendDuring(first, () => during(world, first));
    expect(answer.status).toBe(status);
    const [late] = await world.inbox(to);
    expect(late?.code).toBe(first.code);
    const second = await startAs(world, bankKey, other);
    expect(second.code).not.toBe(first.code);
    const crossed = await checkAs(world, { id: second.id, code: first.code });
    expect(await kindOf(crossed)).toBe("422 wrong_code");
    expect((await checkAs(world, second)).status).toBe(200);
  });
});

describe("another transaction that starts while a resend is in flight", () => {
  it("waits until the resend ends, and gets its own code", async () => {
    const { world, resendDuring } = await slowWorld();
    const first = await startAs(world, bankKey, transfer);
    const { resent, answer } = await resendDuring(first, () => startAs(world, bankKey, other));
    expect(resent.status).toBe(200);
    expect(answer.code).not.toBe(first.code);
    expect(await kindOf(await checkAs(world, first))).toBe("410 verification_canceled");
    expect((await checkAs(world, answer)).status).toBe(200);
  });

  it("is refused after waiting for 5 s, and ends no other confirmation", async () => {
    const { world, state } = await slowWorld();
    const first = await startAs(world, bankKey, transfer);
    world.clock.nowMs += 31 * seconds;
    const timers = holdTimers();
    let refused: Response | undefined;
    state.meanwhile = async () => {
      const starting = startOther(world);
      await timers.expireNext(patienceMs);
      refused = await starting;
    };
    const resent = await world.post(`/v1/verifications/${first.id}/resend`, {});
    expect(resent.status).toBe(200);
    expect(refused?.headers.get("Retry-After")).toBe("5");
    expect(refused && (await kindOf(refused))).toBe("429 rate_limited");
    expect((await checkAs(world, first)).status).toBe(200);
    expect((await startOther(world)).status).toBe(201);
  });
});

describe("another transaction whose start is refused", () => {
  it("by the day's budget ends no other confirmation", async () => {
    const { world } = await slowWorld({ LIMIT_SEND_TOTAL: "1/1d" });
    const first = await startAs(world, bankKey, transfer);
    expect(await kindOf(await startOther(world))).toBe("503 send_budget_exhausted");
    expect((await checkAs(world, first)).status).toBe(200);
  });

  it("because Twilio could not cancel ends no other confirmation", async () => {
    const { world } = await slowWorld();
    const first = await startAs(world, bankKey, transfer);
    await world.fault({ count: 2, status: 500 });
    expect(await kindOf(await startOther(world))).toBe("503 provider_unavailable");
    expect((await checkAs(world, first)).status).toBe(200);
  });
});

describe("a start right after the end of a transaction whose answer was lost", () => {
  it.each([
    ["shows what it confirms", other, {}],
    ["shows nothing of it", { ...other, transaction: { order: 7 } }, plainService],
  ])("and %s cancels that one's code by the number, and gets its own", async (_, second, env) => {
    let isLost = true;
    const world = await createBackendWorld(env, {
      network: async (request, twin) => {
        if (!isLost || !request.url.endsWith("/Verifications")) return twin(request);
        isLost = false;
        // Twilio's verification expires later than the ledger's reservation.
        world.clock.nowMs += 5 * seconds;
        await twin(request);
        throw new TypeError("network");
      },
    });
    const lost = await world.post("/v1/verifications", transfer, asBackend(bankKey));
    expect(await kindOf(lost)).toBe("503 provider_unavailable");
    const [text] = await world.inbox(to);
    world.clock.nowMs += 595.5 * seconds;
    const next = await startAs(world, bankKey, second);
    expect(next.code).not.toBe(text?.code);
    const cancels = world.outgoing.filter(({ form }) => form.Status === "canceled");
    expect(cancels.map(({ url }) => decodeURIComponent(url).split("/").at(-1))).toEqual([to]);
    const crossed = await checkAs(world, { id: next.id, code: text?.code ?? "" });
    expect(await kindOf(crossed)).toBe("422 wrong_code");
    expect((await checkAs(world, next)).status).toBe(200);
  });
});
