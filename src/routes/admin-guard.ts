import { storeUnavailable } from "../http/store-unavailable.ts";
import type { Context } from "hono";
import { leverRequest, type GuardReport, type LeverRequest } from "../contract.ts";
import type { Lever, LeverTarget } from "../guard/budget-object.ts";
import type { GuardOverview } from "../guard/overview.ts";
import type { AppEnv } from "../http/app-env.ts";
import { invalidRequest, readJsonBody } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { unsealText } from "../lib/seal.ts";
import { sealedPrefix } from "../verification/sealed-prefix.ts";
import { requireAdmin } from "./service-key.ts";
import { sendsByChannel } from "../guard/money.ts";
import { budgetOf } from "./verification-deps.ts";

const path = "/v1/admin/guard";

/** What the guard sees, and its levers: for the operator's own service key. */
export const adminGuard = new Router()
  .get(path, async (c) => {
    await requireAdmin(c);
    const outcome = await budgetOf(c).overview();
    if ("kind" in outcome) throw storeUnavailable();
    return c.json(await reportOf(c, outcome));
  })
  .post(path, async (c) => {
    const clientId = await requireAdmin(c);
    const request = await readJsonBody(c, leverRequest);
    const named = [request.country, request.prefix, request.failed_checks];
    if (named.filter((each) => each !== undefined).length !== 1)
      throw invalidRequest([
        { path: "", message: "must name one of country, prefix and failed_checks" },
      ]);
    const outcome = await budgetOf(c).pull(await targetOf(c, request), leverOf(c, request));
    if (outcome !== undefined) throw storeUnavailable();
    const { set, seconds, country, prefix, failed_checks } = request;
    const target = { country, prefix, failed_checks };
    c.var.runtime.log("guard.lever", { ...target, set, seconds, client_id: clientId });
    return c.body(null, 204);
  })
  .all(path, methodNotAllowed("GET", "POST"));

async function targetOf(c: Context<AppEnv>, request: LeverRequest): Promise<LeverTarget> {
  if (request.country !== undefined) return { conversion: request.country };
  if (request.prefix === undefined) return "failed_checks";
  const { key, sealed } = await sealedPrefix(c.var, request.prefix);
  return { conversion: key, sealed };
}

function leverOf(c: Context<AppEnv>, { set, seconds }: LeverRequest): Lever {
  if (set === "reset") return { set };
  return { set, untilMs: c.var.runtime.now() + (seconds ?? 3600) * 1000 };
}

async function reportOf(c: Context<AppEnv>, seen: GuardOverview): Promise<GuardReport> {
  const { config } = c.var;
  const { total, countries, reservedPercent } = config.budget;
  const { money, rules } = config.guard;
  const breakers = await Promise.all(seen.keys.map((each) => breakerOf(c, each)));
  return {
    sends: {
      total: seen.sends.total,
      left: Math.max(0, total - seen.sends.total),
      countries: seen.sends.countries,
      channels: sendsByChannel(seen.sends),
    },
    caps: { total, countries, reserved_percent: reservedPercent },
    ...(money !== undefined && {
      money: {
        currency: money.currency,
        spent: (seen.spentMicro ?? 0) / 1e6,
        budget: money.microBudget / 1e6,
      },
    }),
    approved: seen.tally.approved,
    refused: seen.tally.refused,
    rules,
    asks_everybody_until:
      seen.asksEverybodyUntilMs === undefined
        ? null
        : new Date(seen.asksEverybodyUntilMs).toISOString(),
    breakers,
  };
}

async function breakerOf(c: Context<AppEnv>, each: GuardOverview["keys"][number]) {
  const { key, sealed, lever, today, isFull, dayLevel, dayCapacity, hourLevel, hourCapacity } =
    each;
  const prefix =
    sealed === undefined
      ? undefined
      : await unsealText(c.var.config.peppers, "conversion-prefix", sealed);
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    // A prefix whose pepper is gone is shown by the name it is counted under.
    ...(sealed === undefined ? { country: key } : { prefix: prefix ?? key }),
    is_full: isFull,
    day: { level: round(dayLevel), capacity: round(dayCapacity) },
    hour: { level: round(hourLevel), capacity: round(hourCapacity) },
    ...(today !== undefined && { today }),
    ...(lever !== undefined && ({ lever: lever === "open" ? "let_pass" : "hold_up" } as const)),
  };
}
