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
    (sum, [country, sends]) => sum + sends * (microPrices[country] ?? microPrices["*"]),
    0,
  );
}

/** Percent of the budget at which the operator is told, each once a day. */
const alertPercents = [50, 80, 100] as const;
export type AlertPercent = (typeof alertPercents)[number];

export interface MoneyOutcome {
  /** `over`: the newest of these sends must not be made. */
  readonly kind: "within" | "over";
  /** Thresholds that were reached just now; a send that is too much reaches all of them. */
  readonly alerts: readonly AlertPercent[];
}

/** Whether the day's money is enough for these sends, the one that is asked for among them. */
export function judgeMoney(
  sendsByCountry: Readonly<Record<string, number>>,
  alertedToday: readonly AlertPercent[],
  money: Money,
): MoneyOutcome {
  const spent = spentMicro(sendsByCountry, money);
  const reached = alertPercents.filter((percent) => spent * 100 >= percent * money.microBudget);
  return {
    kind: spent > money.microBudget ? "over" : "within",
    alerts: reached.filter((percent) => !alertedToday.includes(percent)),
  };
}
