import { Hono } from "hono";
import * as v from "valibot";
import { statusOfCode } from "./answer.ts";
import { readControl, refuse, refuseMethods } from "./control-body.ts";
import type { Desk } from "./desk.ts";
import type { Events } from "./events.ts";
import { FAILURE_NUMBERS } from "./failure-numbers.ts";
import { FaultSchema } from "./faults.ts";
import { inboxOf, numberInQuery } from "./inbox.ts";
import { freshState, type TwinState } from "./state.ts";
import { CAPTCHA_TOKENS } from "./turnstile/tokens.ts";

const TEN_YEARS_SECONDS = 10 * 366 * 24 * 60 * 60;

const ClockSchema = v.strictObject({
  advance_seconds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(TEN_YEARS_SECONDS)),
});
const EmptySchema = v.strictObject({});

const METHODS = {
  "/inbox.json": "GET",
  "/events": "GET",
  "/twin/ready": "GET",
  "/twin/numbers.json": "GET",
  "/twin/captchas.json": "GET",
  "/twin/clock": "GET, POST",
  "/twin/faults": "GET, POST, DELETE",
  "/twin/reset": "POST",
};

/**
 * The routes that only the twin has: the phone's inbox and the controls. They need no credentials,
 * because only this machine can reach the twin.
 */
export function controlRoutes(desk: Desk, events: Events): Hono {
  const app = new Hono();

  app.get("/inbox.json", async (c) => {
    const to = numberInQuery(c.req.query("to"));
    return c.json(await desk.run((state) => inboxOf(state, to)));
  });
  app.get("/events", (c) => events.stream(numberInQuery(c.req.query("to"))));
  app.get("/twin/ready", async (c) => {
    return c.json({ ready: true, ...(await desk.run(clockOf)) });
  });
  app.get("/twin/numbers.json", (c) => c.json(failureNumbers()));
  app.get("/twin/captchas.json", (c) => c.json(CAPTCHA_TOKENS));

  app.get("/twin/clock", async (c) => c.json(await desk.run(clockOf)));
  app.post("/twin/clock", async (c) => {
    const body = await readControl(c, ClockSchema);
    if (body instanceof Response) return body;
    const clock = await desk.run((state, nowMs) => {
      const advanced = state.advancedSeconds + body.advance_seconds;
      if (advanced > TEN_YEARS_SECONDS) return undefined;
      state.advancedSeconds = advanced;
      return clockOf(state, nowMs + body.advance_seconds * 1000);
    });
    if (!clock)
      return refuse(c, "advance_seconds", "The clock can be at most ten years ahead: reset it");
    return c.json(clock);
  });

  app.get("/twin/faults", async (c) => c.json(await desk.run(faultsOf)));
  app.post("/twin/faults", async (c) => {
    const fault = await readControl(c, FaultSchema);
    if (fault instanceof Response) return fault;
    const faults = await desk.run((state) => {
      state.faults.push(fault);
      return faultsOf(state);
    });
    return c.json(faults);
  });
  app.delete("/twin/faults", async (c) => {
    await desk.run((state) => void (state.faults = []));
    return c.body(null, 204);
  });

  app.post("/twin/reset", async (c) => {
    const body = await readControl(c, EmptySchema);
    if (body instanceof Response) return body;
    const clock = await desk.run((state, nowMs) => {
      const realNowMs = nowMs - state.advancedSeconds * 1000;
      return clockOf(Object.assign(state, freshState(realNowMs)), realNowMs);
    });
    events.reset();
    return c.json(clock);
  });

  return refuseMethods(app, METHODS);
}

function clockOf(state: TwinState, nowMs: number): object {
  return { now: new Date(nowMs).toISOString(), advanced_seconds: state.advancedSeconds };
}

function faultsOf(state: TwinState): object {
  return { faults: state.faults };
}

function failureNumbers(): object {
  return FAILURE_NUMBERS.map(({ effect, ...entry }) => {
    const code = effect.kind === "refused" || effect.kind === "lost" ? effect.code : null;
    const status = effect.kind === "refused" ? statusOfCode(effect.code) : null;
    return { ...entry, code, status };
  });
}
