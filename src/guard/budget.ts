import type { BudgetCaps } from "../config/budget.ts";
import type { RuleName } from "../config/guard.ts";
import type { RuleMode } from "../contract/words.ts";
import type { Money } from "../config/money.ts";
import { standardChannel, type Channel } from "../contract/channels.ts";
import {
  countApproval,
  countSend,
  judgeMoney,
  spentMicro,
  type AlertPercent,
  type DaySends,
} from "./money.ts";
import type { CaptchaState, LeverMode } from "./rule-mode.ts";
import { exemptionsOf, type Standing } from "./standing.ts";

/** The day's sends of all numbers, stored as JSON in this shape. */
export interface Budget {
  /** The UTC day that is counted, such as `2026-11-22`. */
  day: string;
  total: number;
  countries: DaySends["countries"];
  /** Absent in budgets that an early version stored. */
  notTexts?: DaySends["notTexts"];
  moreTexts?: DaySends["moreTexts"];
  approvals?: DaySends["approvals"];
  /** Caps that refused today: `total`, `money` or a country, with ` strangers` for strangers only. */
  reached: string[];
  /** Percentages of the day's money about which the operator was alerted. */
  alerted?: AlertPercent[];
  /** Open reservations by name. They can still be given back. */
  open: Record<string, { country: string; channel?: Channel; texts?: number; untilMs: number }>;
}

/** A request to reserve one send. A resend leaves out what its verification's last send has told. */
export interface SpendRequest {
  readonly id: string;
  readonly country: string;
  readonly channel: Channel | undefined;
  /** The segments that the message is billed as. */
  readonly texts: number | undefined;
  /** The random part of the verification's id. */
  readonly verification: string;
  /** The prefix's key, and the sealed prefix for the operator. */
  readonly prefix: { readonly key: string; readonly sealed: string } | undefined;
  readonly captcha: CaptchaState;
  readonly standing: Standing | undefined;
  /** When the code expires. After that no approval is possible. */
  readonly untilMs: number;
}

/** What a resend takes over from its verification's last send. */
export type SentAs = Readonly<{ standing: Standing; channel: Channel; texts: number }>;

/** A rule that matched, with its mode, or with the mode of the operator's lever. */
export interface MatchedRule {
  readonly rule: RuleName;
  readonly as: RuleMode | LeverMode;
}

/** Returns the name of a matched rule in the log. */
export const nameOfRule = ({ rule, as }: MatchedRule): string => `${rule}:${as}`;

/** A breaker holds the send up. */
export interface HeldUp {
  readonly kind: "held_up";
  readonly verdict: "challenge" | "refuse";
  /** The deciding rule. */
  readonly by?: MatchedRule;
  readonly matched: readonly MatchedRule[];
  readonly retryAfterMs: number;
}

export type BudgetOutcome =
  | {
      readonly kind: "reserved";
      /** Rules that matched but let the send pass. */
      readonly matched: readonly MatchedRule[];
      /**
       * The refusal of a stranger, if the caller passed as known. It is the answer if the ledger does not
       * accept the caller's device token.
       */
      readonly ifStranger?: Exclude<BudgetOutcome, { kind: "reserved" }>;
      /** Percentages of the day's money that this send reaches first. */
      readonly alerts: readonly AlertPercent[];
    }
  | HeldUp
  /** The cap is only reached together with sends in flight. Some of them may be given back. */
  | { readonly kind: "send_budget_busy"; readonly retryAfterMs: number }
  | {
      readonly kind: "send_budget_exhausted";
      readonly cap: "total" | "country" | "money";
      /** The refused callers: only strangers, as long as the reserve is left. */
      readonly callers: "strangers" | "all";
      /** Whether it is the day's first refusal by this cap, which alerts the operator. */
      readonly isFirst: boolean;
      readonly retryAfterMs: number;
      /**
       * Percentages of the day's money that are reached because the rest is too little for this
       * send.
       */
      readonly alerts?: readonly AlertPercent[];
    };

/** Longer than all our time-outs. A send that is not settled by then counts as sent. */
const reservationMs = 30_000;
const dayMs = 24 * 60 * 60 * 1000;
/** By then most sends in flight are settled. */
const busyRetryMs = 2000;
/** By then Turnstile may work again. */
const captchaRetryMs = 60_000;

export const emptyBudget = (): Budget => ({
  day: "",
  total: 0,
  countries: {},
  reached: [],
  open: {},
});

/** Reserves one send. Idempotent by the send's id. */
export function reserveSpend(
  budget: Budget,
  send: Pick<SpendRequest, "id" | "country"> &
    Partial<Pick<SpendRequest, "captcha" | "channel" | "texts" | "standing">>,
  policy: { readonly caps: BudgetCaps; readonly money?: Money | undefined },
  nowMs: number,
): { outcome: SpendOutcome; next: Budget } {
  const next = today(budget, nowMs);
  if (next.open[send.id] !== undefined)
    return { outcome: { kind: "reserved", matched: [], alerts: [] }, next };
  const { country, channel = standardChannel, texts = 1 } = send;
  const { money } = policy;
  const caps = capsOf(country, policy);
  const most = isStranger(send) ? strangersShare(caps, policy.caps) : caps;
  const refused = (cap: Cap) =>
    exhausted(next, cap, most[cap] < caps[cap] ? "strangers" : "all", country, nowMs);
  const spent = next.countries[country] ?? 0;
  const open = Object.values(next.open);
  const openHere = open.filter((one) => one.country === country);
  if (next.total - open.length >= most.total) return refused("total");
  if (spent - openHere.length >= most.country) return refused("country");
  if (next.total >= most.total || spent >= most.country)
    return { outcome: { kind: "send_budget_busy", retryAfterMs: busyRetryMs }, next };
  const sends = countSend(sendsOf(next), { country, channel, texts }, 1);
  if (send.captcha === "unavailable") {
    const over = overHalf(sends, country, caps, money);
    if (over !== undefined) return { outcome: over, next };
  }
  const alerted = next.alerted ?? [];
  const judged = money && judgeMoney(sends, alerted, money);
  if (judged?.kind === "over") {
    const { outcome } = refused("money");
    if (judged.alerts.length > 0) next.alerted = [...alerted, ...judged.alerts];
    return { outcome: { ...outcome, alerts: judged.alerts }, next };
  }
  if (money !== undefined && spentMicro(sends, money) > most.money) return refused("money");
  forgetReached(next, country, isStranger(send));
  next.total += 1;
  Object.assign(next, sends);
  next.open[send.id] = { country, channel, texts, untilMs: nowMs + reservationMs };
  const alerts = judged?.alerts ?? [];
  if (alerts.length > 0) next.alerted = [...alerted, ...alerts];
  return { outcome: { kind: "reserved", matched: [], alerts }, next };
}

/** Returns the counts of a budget from which money is computed. */
export const sendsOf = ({ countries, notTexts = {}, moreTexts, approvals }: Budget): DaySends => ({
  countries,
  notTexts,
  ...(moreTexts && { moreTexts }),
  ...(approvals && { approvals }),
});

type Cap = "total" | "country" | "money";
type Caps = Readonly<Record<Cap, number>>;

/** Returns the caps for a send to this country. Money is in millionths. */
function capsOf(
  country: string,
  { caps, money }: { readonly caps: BudgetCaps; readonly money?: Money | undefined },
): Caps {
  return {
    total: caps.total,
    country: caps.countries[country] ?? caps.countries["*"] ?? Number.POSITIVE_INFINITY,
    money: money?.microBudget ?? Number.POSITIVE_INFINITY,
  };
}

const isStranger = ({ standing = "stranger" }: Partial<Pick<SpendRequest, "standing">>): boolean =>
  exemptionsOf(standing).strangersShare === "judged";

/**
 * Returns the caps for strangers: each cap without its reserve. They are rounded up, so that strangers can
 * use a cap of one send.
 */
function strangersShare(caps: Caps, { reservedPercent }: BudgetCaps): Caps {
  const share = (cap: number) =>
    Number.isFinite(cap) ? cap - Math.floor((cap * reservedPercent) / 100) : cap;
  return { total: share(caps.total), country: share(caps.country), money: share(caps.money) };
}

/**
 * While Turnstile is unavailable, callers without a judged captcha may use only half of each cap. This
 * refusal does not count as reaching a cap, and alerts no operator.
 */
function overHalf(
  sends: DaySends,
  country: string,
  caps: Caps,
  money: Money | undefined,
): SpendOutcome | undefined {
  const { countries } = sends;
  const total = Object.values(countries).reduce((sum, each) => sum + each, 0);
  const isOver = {
    total: 2 * total > caps.total,
    country: 2 * (countries[country] ?? 0) > caps.country,
    money: money !== undefined && 2 * spentMicro(sends, money) > caps.money,
  };
  const cap = (["total", "country", "money"] as const).find((name) => isOver[name]);
  return (
    cap && {
      kind: "send_budget_exhausted",
      cap,
      callers: "strangers",
      isFirst: false,
      retryAfterMs: captchaRetryMs,
    }
  );
}

type SpendOutcome = Exclude<BudgetOutcome, { kind: "held_up" }>;

function exhausted(
  next: Budget,
  cap: Cap,
  callers: "strangers" | "all",
  country: string,
  nowMs: number,
): {
  outcome: Extract<SpendOutcome, { kind: "send_budget_exhausted" }>;
  next: Budget;
} {
  const retryAfterMs = dayMs - (nowMs % dayMs);
  const name = nameOf(cap, country, callers);
  const isFirst = !next.reached.includes(name);
  if (isFirst) next.reached.push(name);
  return { outcome: { kind: "send_budget_exhausted", cap, callers, isFirst, retryAfterMs }, next };
}

const nameOf = (cap: Cap, country: string, callers: "strangers" | "all"): string =>
  `${cap === "country" ? country : cap}${callers === "all" ? "" : " strangers"}`;

/** After a cap was raised it has room, so it can be reached and alerted again. */
function forgetReached(next: Budget, country: string, byStranger: boolean): void {
  const hasRoom = byStranger ? (["all", "strangers"] as const) : (["all"] as const);
  const caps = ["total", "money", "country"] as const;
  const names = hasRoom.flatMap((callers) => caps.map((cap) => nameOf(cap, country, callers)));
  next.reached = next.reached.filter((name) => !names.includes(name));
}

/** Settles a reservation: the send counts, or is given back once, before the reservation expires. */
export function settleSpend(
  budget: Budget,
  settled: { readonly id: string; readonly sent: boolean },
  nowMs: number,
): Budget {
  const next = today(budget, nowMs);
  const reservation = next.open[settled.id];
  delete next.open[settled.id];
  if (reservation === undefined || settled.sent) return next;
  next.total -= 1;
  const { country, channel = standardChannel, texts = 1 } = reservation;
  return Object.assign(next, countSend(sendsOf(next), { country, channel, texts }, -1));
}

/** Counts an approval, which Twilio Verify charges for. It has already happened, so it never fails. */
export function spendApproval(budget: Budget, country: string, nowMs: number): Budget {
  const next = today(budget, nowMs);
  return Object.assign(next, countApproval(sendsOf(next), country));
}

/** Returns a copy for today, without expired reservations. */
function today(budget: Budget, nowMs: number): Budget {
  const day = new Date(nowMs).toISOString().slice(0, 10);
  // Yesterday's reservations cannot be given back to today. If the clock goes back over midnight, the
  // current day continues.
  if (budget.day < day) return { ...emptyBudget(), day };
  const next = structuredClone(budget);
  for (const [id, { untilMs }] of Object.entries(next.open))
    if (nowMs >= untilMs) delete next.open[id];
  return next;
}
