import { describe, expect, it } from "vitest";
import { asBackend, bankKey, createBackendWorld } from "../helpers/backend.ts";
import { logged, spreadOver, startFrom } from "../helpers/guard.ts";
import { engines, from, inParallel, kindOf, tally } from "../helpers/racing.ts";
import { bearer, signIn } from "../helpers/session.ts";
import type { World } from "../helpers/world.ts";

const to = "+12015550123";
const spent = "503 send_budget_exhausted";
/** The default reserve. */
const standard = { BUDGET_RESERVED: "" };

/** Makes strangers' sends, each to another number. */
const strangers = (world: World, count: number, first = 0) =>
  inParallel(count, (index) => startFrom(world, first + index, spreadOver(first + index)));

describe.each(engines)(
  "engine $engine: the share of the day that strangers cannot spend",
  (each) => {
    it("can be used by known devices, step-ups and backends up to the last send", async () => {
      const world = await createBackendWorld({
        ...each.env,
        ...standard,
        LIMIT_SEND_TOTAL: "20/1d",
      });
      const session = await signIn(world, to);
      const answers = await strangers(world, 40);
      expect(await tally(answers)).toEqual({ "201": 15, [spent]: 25 });
      expect(await kindOf(await startFrom(world, 2, spreadOver(50)))).toBe(spent);
      const device_tokens = [session.device_token];
      const known = () => startFrom(world, 1, to, { device_tokens });
      const raise = () => world.post("/v1/verifications", { purpose: "step_up" }, bearer(session));
      const backend = () => world.post("/v1/verifications", { to }, asBackend(bankKey));
      for (const ask of [known, raise, backend, known]) expect((await ask()).status).toBe(201);
      for (const ask of [known, raise, backend]) expect(await kindOf(await ask())).toBe(spent);
      expect(logged(world, "budget.exhausted")).toMatchObject([
        { cap: "total", callers: "strangers" },
        { cap: "total", callers: "all" },
      ]);
    });

    it("applies to the day's money too", async () => {
      const money = {
        BUDGET_MONEY: "0.10USD/1d",
        COUNTRY_PRICES: "*:0.01,*/call:0.02,*/whatsapp:0.02",
      };
      const world = await createBackendWorld({ ...each.env, ...standard, ...money });
      expect(await tally(await strangers(world, 20))).toEqual({ "201": 8, [spent]: 12 });
      const backend = () => world.post("/v1/verifications", { to }, asBackend(bankKey));
      for (let sends = 0; sends < 2; sends += 1) expect((await backend()).status).toBe(201);
      expect(await kindOf(await backend())).toBe(spent);
    });

    it("cannot be used with a revoked device token, and nothing stays reserved", async () => {
      const world = await createBackendWorld({
        ...each.env,
        ...standard,
        LIMIT_SEND_TOTAL: "10/1d",
      });
      const session = await signIn(world, to);
      const init = { method: "DELETE", headers: bearer(session) };
      expect((await world.send("/v1/sessions", init)).status).toBe(204);
      const device_tokens = [session.device_token];
      expect(await tally(await strangers(world, 7))).toEqual({ "201": 7 });
      for (let tries = 0; tries < 5; tries += 1)
        expect(await kindOf(await startFrom(world, 1, to, { device_tokens }))).toBe(spent);
      const backend = () => world.post("/v1/verifications", { to }, asBackend(bankKey));
      expect([(await backend()).status, (await backend()).status]).toEqual([201, 201]);
    });

    it("can be used for resends by the same callers", async () => {
      const world = await createBackendWorld({
        ...each.env,
        ...standard,
        LIMIT_SEND_TOTAL: "5/1d",
      });
      const started = async (answer: Response) => (await answer.json<{ id: string }>()).id;
      const backend = await started(
        await world.post("/v1/verifications", { to }, asBackend(bankKey)),
      );
      const stranger = await started(await startFrom(world, 1, spreadOver(1)));
      expect(await tally(await strangers(world, 2, 2))).toEqual({ "201": 2 });
      world.clock.nowMs += 31_000;
      const resend = async (id: string) =>
        kindOf(await world.post(`/v1/verifications/${id}/resend`, {}, from(1)));
      expect(await resend(stranger)).toBe(spent);
      expect(await resend(backend)).toBe("200");
    });
  },
);
