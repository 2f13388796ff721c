import type { Money } from "../config/money.ts";

/**
 * What the day's sends have cost, from the counts that the budget keeps anyway. So money is as exact
 * as they are, what is given back is not paid, and a new price holds for the whole day.
 */
export function spentMicro(
  sendsByCountry: Readonly<Record<string, number>>,
  { microPrices }: Money,
): number {
  return Object.entries(sendsByCountry).reduce(
    (sum, [country, sends]) => sum + sends * priceMicro(country, microPrices),
    0,
  );
}

/** Percent of the budget at which the operator is told, each once a day. */
const alertPercents = [50, 80, 100] as const;
export type AlertPercent = (typeof alertPercents)[number];

export interface MoneyOutcome {
  readonly kind: "within" | "over";
  /** What is spent, with this send where it is within. */
  readonly spentMicro: number;
  /** Thresholds that were reached just now. Full is also a budget that has no room for a send. */
  readonly alerts: readonly AlertPercent[];
}

/** Whether the day's money is enough for one more send. `alerted` are today's alerts so far. */
export function judgeMoney(
  day: {
    readonly sendsByCountry: Readonly<Record<string, number>>;
    readonly alerted: readonly AlertPercent[];
  },
  country: string,
  money: Money,
): MoneyOutcome {
  const before = spentMicro(day.sendsByCountry, money);
  const after = before + priceMicro(country, money.microPrices);
  const isOver = after > money.microBudget;
  const reached = alertPercents.filter((percent) => after * 100 >= percent * money.microBudget);
  return {
    kind: isOver ? "over" : "within",
    spentMicro: isOver ? before : after,
    alerts: reached.filter((percent) => !day.alerted.includes(percent)),
  };
}

function priceMicro(country: string, prices: Money["microPrices"]): number {
  return prices[country] ?? prices["*"];
}
