import { Hono } from "hono";
import * as v from "valibot";
import { readControl, refuseMethods } from "../control-body.ts";
import type { Desk } from "../desk.ts";
import type { TwinState } from "../state.ts";
import { CallbackRuleSchema } from "./callback-rule.ts";
import { feedbackOf } from "./feedback.ts";

const OptOutSchema = v.strictObject({
  number: v.pipe(v.string(), v.regex(/^\+[1-9]\d{6,14}$/, "Must be a number such as +12015550123")),
  opted_out: v.optional(v.boolean(), true),
});

const METHODS = {
  "/twin/callbacks": "GET, POST",
  "/twin/feedback.json": "GET",
  "/twin/opt-out": "GET, POST",
  "/twin/statuses.json": "GET",
};

/**
 * The twin's own routes for messages: the behaviour of callbacks, opt-outs, feedback and statuses.
 */
export function messagingLevers(desk: Desk): Hono {
  const app = new Hono();

  app.get("/twin/callbacks", async (c) => c.json(await desk.run(callbacksOf)));
  app.post("/twin/callbacks", async (c) => {
    const rule = await readControl(c, CallbackRuleSchema);
    if (rule instanceof Response) return rule;
    const callbacks = await desk.run((state) => {
      state.callbackRule = rule;
      return callbacksOf(state);
    });
    return c.json(callbacks);
  });

  app.get("/twin/opt-out", async (c) => c.json(await desk.run(optOutsOf)));
  app.post("/twin/opt-out", async (c) => {
    const body = await readControl(c, OptOutSchema);
    if (body instanceof Response) return body;
    const optOuts = await desk.run((state) => {
      const others = state.optedOut.filter((number) => number !== body.number);
      state.optedOut = body.opted_out ? [...others, body.number] : others;
      return optOutsOf(state);
    });
    return c.json(optOuts);
  });

  app.get("/twin/feedback.json", async (c) => c.json(await desk.run(feedbackOf)));
  app.get("/twin/statuses.json", async (c) => c.json(await desk.run(statusesOf)));
  return refuseMethods(app, METHODS);
}

/** Returns the rule and the callbacks, newest first. */
function callbacksOf(state: TwinState): object {
  return { ...state.callbackRule, callbacks: state.callbacks.toReversed() };
}

function optOutsOf(state: TwinState): object {
  return { opted_out: state.optedOut };
}

/** Returns the statuses by message sid, for the phone's page. */
function statusesOf(state: TwinState): object {
  const entries = state.messages.map(({ sid, status, errorCode }) => {
    return [sid, { status, error_code: errorCode }] as const;
  });
  return Object.fromEntries(entries);
}
