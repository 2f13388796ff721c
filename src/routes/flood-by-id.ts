import type { MiddlewareHandler } from "hono";
import { floodSeconds, isFlood } from "../guard/flood.ts";
import type { AppEnv } from "../http/app-env.ts";
import { decisionOf } from "../verification/decision.ts";
import { problemFor } from "./outcome-problems.ts";
import { serviceKeyOf } from "./service-key.ts";
import { callerOf } from "./start-request.ts";
import { depsOf } from "./verification-deps.ts";

/**
 * Stands before every request that names a verification: a read, a check, a resend, a cancel. Its
 * limit is wider than that of starts, which cost money: many people may be behind one address. The
 * address of a service key is its backend's, so it is not counted.
 */
export const floodById: MiddlewareHandler<AppEnv> = async (c, next) => {
  const key = await serviceKeyOf(c);
  if (key !== undefined) return next();
  const { config, runtime } = c.var;
  const { flood: mode } = config.guard.rules;
  const caller = callerOf(c, key);
  if (!(await isFlood(c.env.FLOOD_BY_ID, mode, caller.address, runtime))) return next();
  const decision = await decisionOf(depsOf(c), { caller }, [`flood:${mode}`]);
  if (mode !== "refuse") {
    decision.pass();
    return next();
  }
  const refusal = { kind: "flooded", retryAfterSeconds: floodSeconds } as const;
  decision.refuse(refusal);
  throw problemFor(refusal);
};
