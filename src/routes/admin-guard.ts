import { storeUnavailable } from "../http/store-unavailable.ts";
import type { Context } from "hono";
import { leverRequest, type GuardReport, type LeverRequest } from "../contract/guard.ts";
import { meantCountry } from "../config/places.ts";
import type { LeverTarget } from "../guard/budget-object.ts";
import type { GuardOverview } from "../guard/overview.ts";
import { maskPrefix } from "../guard/prefix-key.ts";
import type { Lever } from "../guard/rule-mode.ts";
import type { AppEnv } from "../http/app-env.ts";
import { invalidRequest, readJsonBody } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { unsealText } from "../lib/seal.ts";
import { isCountryCode } from "../phone/number.ts";
import { readPrefix } from "../phone/prefix.ts";
import { Problem } from "../problem.ts";
import { sealedPrefix } from "../verification/sealed-prefix.ts";
import { requireScope } from "./service-key.ts";
import { sendsByChannel } from "../guard/money.ts";
import { budgetOf } from "./verification-deps.ts";

const path = "/v1/admin/guard";

/** The guard's state and its levers, for the operator's service key. */
export const adminGuard = new Router()
  .get(path, async (c) => {
    await requireScope(c, "admin:read");
    const outcome = await budgetOf(c).overview();
    if ("kind" in outcome) throw storeUnavailable();
    return c.json(await reportOf(c, outcome));
  })
  .post(path, async (c) => {
    const clientId = await requireScope(c, "admin");
    const request = await readJsonBody(c, leverRequest);
    const targets = [request.country, request.prefix, request.failed_checks];
    if (targets.filter((each) => each !== undefined).length !== 1)
      throw invalidRequest([
        { path: "", message: "must name one of country, prefix and failed_checks" },
      ]);
    const lever = leverOf(c, request);
    const { target, named } = await targetOf(c, request);
    if ((await budgetOf(c).pull(target, lever)) !== undefined) throw storeUnavailable();
    const { set } = lever;
    const until = set === "reset" ? undefined : timeOf(lever.untilMs);
    c.var.runtime.log("guard.lever", { ...named, set, until, client_id: clientId });
    return c.body(null, 204);
  })
  .all(path, methodNotAllowed("GET", "POST"));

interface NamedTarget {
  readonly target: LeverTarget;
  /** The same, as fields for the log. */
  readonly named: {
    readonly country?: string;
    readonly prefix?: string;
    readonly failed_checks?: true;
  };
}

/**
 * Returns what the lever acts on. Throws 422 if no number can match, because the lever would do
 * nothing.
 */
async function targetOf(c: Context<AppEnv>, request: LeverRequest): Promise<NamedTarget> {
  const { country, prefix: spelled } = request;
  const { allowedCountries, extraRanges } = c.var.config;
  if (country !== undefined) {
    if (!isCountryCode(country)) throw noCountry(country);
    if (allowedCountries?.has(country) === false) throw matchesNothing(notServed);
    return { target: { conversion: country }, named: { country } };
  }
  if (spelled === undefined) return { target: "failed_checks", named: { failed_checks: true } };
  const read = readPrefix(spelled, { allowedCountries, extraRanges });
  if (read.kind === "unsupported_country") throw matchesNothing(notServed);
  if (read.kind === "no_prefix") throw matchesNothing(noPrefix);
  const { key, sealed } = await sealedPrefix(c.var, read.prefix);
  return { target: { conversion: key, sealed }, named: { prefix: maskPrefix(read.prefix) } };
}

const notServed = "Its country is not in ALLOWED_COUNTRIES, so its numbers are refused already.";
const noPrefix =
  "A prefix is the number without its last four digits, with its plus: of +12015550123 it is +1201555. No allowed number consists of this prefix and four more digits.";

function noCountry(country: string): Problem {
  const meant = meantCountry(country);
  const hint = meant === undefined ? "such as GB." : `did you mean ${meant}?`;
  return matchesNothing(`A country is a code of ISO 3166-1 in capitals: ${hint}`);
}

const matchesNothing = (detail: string) => new Problem("lever_matches_nothing", detail);

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString();

function leverOf(c: Context<AppEnv>, { set, seconds = 3600 }: LeverRequest): Lever {
  return set === "reset" ? { set } : { set, untilMs: c.var.runtime.now() + seconds * 1000 };
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
    counted_since: timeOf(seen.tally.sinceMs),
    approved: seen.tally.approved,
    refused: seen.tally.refused,
    rules,
    asks_everybody_until:
      seen.asksEverybodyUntilMs === undefined ? null : timeOf(seen.asksEverybodyUntilMs),
    breakers,
  };
}

async function breakerOf(c: Context<AppEnv>, each: GuardOverview["keys"][number]) {
  const { key, sealed, lever, today, fullBecause } = each;
  const prefix =
    sealed === undefined
      ? undefined
      : await unsealText(c.var.config.peppers, "conversion-prefix", sealed);
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    // If the pepper of a prefix was removed, its internal key is shown instead.
    ...(sealed === undefined ? { country: key } : { prefix: prefix ?? key }),
    is_full: fullBecause !== undefined,
    ...(fullBecause !== undefined && {
      full_until: timeOf(c.var.runtime.now() + each.retryAfterMs),
      full_because: fullBecause,
    }),
    day: { level: round(each.dayLevel), capacity: round(each.dayCapacity) },
    hour: { level: round(each.hourLevel), capacity: round(each.hourCapacity) },
    ...(today !== undefined && { today }),
    ...(lever !== undefined && {
      lever: lever.holds === "open" ? ("let_pass" as const) : ("hold_up" as const),
      lever_until: timeOf(lever.untilMs),
    }),
  };
}
