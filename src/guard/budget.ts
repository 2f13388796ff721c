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

/** The day's sends, all numbers together. Plain JSON: it is stored as it stands here. */
export interface Budget {
  /** The UTC day that is being counted, `2026-11-22`. */
  day: string;
  total: number;
  countries: DaySends["countries"];
  /** Absent in budgets that were stored before money knew the channel. */
  notTexts?: DaySends["notTexts"];
  moreTexts?: DaySends["moreTexts"];
  approvals?: DaySends["approvals"];
  /** Caps that have refused today: `total`, `money`, or a country; `total strangers` and so on. */
  reached: string[];
  /** Shares of the day's money that the operator was told of. */
  alerted?: AlertPercent[];
  /** Reservations that can still be given back, by name. */
  open: Record<string, { country: string; channel?: Channel; texts?: number; untilMs: number }>;
}

/** One send that asks for its place. */
export interface SpendRequest {
  readonly id: string;
  readonly country: string;
  /** Undefined for a resend that names none: it leaves as its verification's last send did. */
  readonly channel: Channel | undefined;
  /** How many texts the message is billed as. Undefined for a resend: as its last send. */
  readonly texts: number | undefined;
  /** The random part of its verification's id. */
  readonly verification: string;
  /** Undefined for a resend: its verification's first send has said it. */
  readonly prefix: { readonly key: string; readonly sealed: string } | undefined;
  readonly captcha: CaptchaState;
  /** Undefined for a resend: it has the standing of its verification's first send. */
  readonly standing: Standing | undefined;
  /** The end of the code: nothing is approved after it. */
  readonly untilMs: number;
}

/** What a start says of its caller and its message, and a resend has in common with it. */
export type SentAs = Readonly<{ standing: Standing; channel: Channel; texts: number }>;

/** A rule that had something to say: by what it may do, or by the operator's word. */
export interface MatchedRule {
  readonly rule: RuleName;
  readonly as: RuleMode | LeverMode;
}

/** As the log names it. */
export const nameOfRule = ({ rule, as }: MatchedRule): string => `${rule}:${as}`;

/** A breaker is open. */
export interface HeldUp {
  readonly kind: "held_up";
  readonly verdict: "challenge" | "refuse";
  /** The one that has decided. */
  readonly by?: MatchedRule;
  readonly matched: readonly MatchedRule[];
  readonly retryAfterMs: number;
}

export type BudgetOutcome =
  | {
      readonly kind: "reserved";
      /** Rules that had something to say, and let it pass. */
      readonly matched: readonly MatchedRule[];
      /**
       * What a stranger would have been told, where a caller passed as known. It is the answer when
       * the ledger does not believe the caller's device token.
       */
      readonly ifStranger?: Exclude<BudgetOutcome, { kind: "reserved" }>;
      /** Shares of the day's money that were reached just now. */
      readonly alerts: readonly AlertPercent[];
    }
  | HeldUp
  /** Full with what is being sent at this moment: some of it may be given back. */
  | { readonly kind: "send_budget_busy"; readonly retryAfterMs: number }
  | {
      readonly kind: "send_budget_exhausted";
      readonly cap: "total" | "country" | "money";
      /** Whom it refuses: strangers alone, as long as the reserve is left. */
      readonly callers: "strangers" | "all";
      /** Whether it is the first refusal of the day by that cap: the one worth an alert. */
      readonly isFirst: boolean;
      readonly retryAfterMs: number;
      /** What is left is too little for this send: all shares are reached. */
      readonly alerts?: readonly AlertPercent[];
    };

/** Longer than any of our time-outs: a send not heard of by then counts as sent. */
const reservationMs = 30_000;
const dayMs = 24 * 60 * 60 * 1000;
/** By then most of what is on its way has been sent, or refused. */
const busyRetryMs = 2000;
/** Turnstile may be back by then. */
const captchaRetryMs = 60_000;

export const emptyBudget = (): Budget => ({
  day: "",
  total: 0,
  countries: {},
  reached: [],
  open: {},
});

/** Reserves one send. A reservation that is named twice is counted once. */
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

export const sendsOf = ({ countries, notTexts = {}, moreTexts, approvals }: Budget): DaySends => ({
  countries,
  notTexts,
  ...(moreTexts && { moreTexts }),
  ...(approvals && { approvals }),
});

type Cap = "total" | "country" | "money";
type Caps = Readonly<Record<Cap, number>>;

/** What concerns a send to this country; money in millionths. */
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
 * What strangers may bring the caps to, together with everybody else: the reserve is out of their
 * reach. Rounded in their favour, so that a cap of one is theirs too.
 */
function strangersShare(caps: Caps, { reservedPercent }: BudgetCaps): Caps {
  const share = (cap: number) =>
    Number.isFinite(cap) ? cap - Math.floor((cap * reservedPercent) / 100) : cap;
  return { total: share(caps.total), country: share(caps.country), money: share(caps.money) };
}

/**
 * While Turnstile cannot be asked, half of the day is all that is spent on its word: the rest stays
 * for when it can be. No cap is reached by that, and nobody is told of one.
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

/** A cap that has room (it was raised) can be reached again. */
function forgetReached(next: Budget, country: string, byStranger: boolean): void {
  const hasRoom = byStranger ? (["all", "strangers"] as const) : (["all"] as const);
  const caps = ["total", "money", "country"] as const;
  const names = hasRoom.flatMap((callers) => caps.map((cap) => nameOf(cap, country, callers)));
  next.reached = next.reached.filter((name) => !names.includes(name));
}

/** Ends a reservation: it is spent, or it is given back, once and before its deadline. */
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

/** Twilio Verify charges for an approval when it is made: it is never refused. */
export function spendApproval(budget: Budget, country: string, nowMs: number): Budget {
  const next = today(budget, nowMs);
  return Object.assign(next, countApproval(sendsOf(next), country));
}

/** A copy without yesterday, and without reservations that nobody has settled in time. */
function today(budget: Budget, nowMs: number): Budget {
  const day = new Date(nowMs).toISOString().slice(0, 10);
  // Yesterday's reservations are yesterday's sends: they cannot be given back to today. A clock that
  // goes back behind midnight begins no day anew.
  if (budget.day < day) return { ...emptyBudget(), day };
  const next = structuredClone(budget);
  for (const [id, { untilMs }] of Object.entries(next.open))
    if (nowMs >= untilMs) delete next.open[id];
  return next;
}
