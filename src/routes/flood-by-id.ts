import type { MiddlewareHandler } from "hono";
import { floodSeconds, isFlood } from "../guard/flood.ts";
import { exemptionsOf, standingOf } from "../guard/standing.ts";
import type { AppEnv } from "../http/app-env.ts";
import { decisionOf } from "../verification/decision.ts";
import { problemFor } from "./outcome-problems.ts";
import { serviceKeyOf } from "./service-key.ts";
import { callerOf } from "./start-request.ts";
import { depsOf } from "./verification-deps.ts";

/**
 * Limits requests of one address that name a verification: read, check, resend, cancel. The limit is
 * wider than that of starts, because starts cost money and many users may share one address. Requests
 * with a service key are not counted, because their address is the backend's.
 */
export const floodById: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { config, runtime } = c.var;
  const caller = callerOf(c, await serviceKeyOf(c));
  if (exemptionsOf(standingOf(caller.class)).rules.flood === "exempt") return next();
  const { flood: mode } = config.guard.rules;
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
