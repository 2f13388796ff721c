import { emptyBudget, sendsOf, type Budget } from "./budget.ts";
import type { KnownKey } from "./conversion-store.ts";
import {
  leverOf,
  viewConversion,
  type ConversionLever,
  type ConversionView,
} from "./conversion.ts";
import { asksAllCallers, type FailedChecks } from "./failed-checks.ts";
import { spentMicro, type DaySends } from "./money.ts";
import type { SpendPolicy } from "./spend-policy.ts";
import type { PrefixTally, TallyOfDay } from "./tally.ts";

/** The state of the budget's object, for the operator. Prefixes are sealed. */
export interface GuardOverview {
  readonly sends: DaySends & { readonly total: number };
  readonly spentMicro: number | undefined;
  readonly tally: TallyOfDay;
  readonly keys: readonly (ConversionView & {
    readonly key: string;
    readonly sealed: string | undefined;
    readonly lever: ConversionLever | undefined;
    /** Only for a prefix. Countries are in `tally`. */
    readonly today: PrefixTally | undefined;
  })[];
  readonly asksEverybodyUntilMs: number | undefined;
}

const noSends: PrefixTally = { sent: 0, approved: 0, refused: 0 };

/** Returns the overview at this time. */
export function overview(
  known: {
    readonly budget: Budget;
    readonly checks: FailedChecks;
    readonly keys: readonly KnownKey[];
    readonly tally: TallyOfDay;
  },
  { money, conversion }: SpendPolicy,
  nowMs: number,
): GuardOverview {
  const { budget, checks, keys, tally } = known;
  const isToday = budget.day === new Date(nowMs).toISOString().slice(0, 10);
  const counted = isToday ? budget : emptyBudget();
  return {
    sends: { total: counted.total, ...sendsOf(counted) },
    spentMicro: money && spentMicro(sendsOf(counted), money),
    tally,
    keys: keys.map(({ key, sealed, state }) => ({
      key,
      sealed,
      today: sealed === undefined ? undefined : (tally.prefixes.get(key) ?? noSends),
      lever: leverOf(state, nowMs),
      ...viewConversion(state, conversion, nowMs),
    })),
    asksEverybodyUntilMs: asksAllCallers(checks, nowMs) ? checks.askUntilMs : undefined,
  };
}
