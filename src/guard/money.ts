import { priceKey, type Money } from "../config/money.ts";
import { channels, type Channel } from "../contract/words.ts";

/** The day's sends, as the budget counts them. */
export interface DaySends {
  /** All of them, by country. */
  readonly countries: Readonly<Record<string, number>>;
  /** Those of them that were no text, by `priceKey`: country and channel. */
  readonly notTexts: Readonly<Record<string, number>>;
}

/**
 * What one send costs. Every country that is served has a price for each open channel. What is sent
 * again after a country or a channel was closed has the dearest price: too much rather than nothing.
 */
export function microPrice({ microPrices }: Money, country: string, channel: Channel): number {
  return (
    microPrices[priceKey(country, channel)] ??
    microPrices[priceKey("*", channel)] ??
    Math.max(...Object.values(microPrices))
  );
}

/** One send more (1), or one that was given back (-1). */
export function countSend(
  { countries, notTexts }: DaySends,
  { country, channel }: { readonly country: string; readonly channel: Channel },
  sends: 1 | -1,
): DaySends {
  const key = priceKey(country, channel);
  return {
    countries: { ...countries, [country]: (countries[country] ?? 0) + sends },
    notTexts: channel === "sms" ? notTexts : { ...notTexts, [key]: (notTexts[key] ?? 0) + sends },
  };
}

/**
 * What the day's sends have cost, from the counts that the budget keeps anyway. So money is as exact
 * as they are, what is given back is not paid, and a new price holds for the whole day.
 */
export function spentMicro({ countries, notTexts }: DaySends, money: Money): number {
  let spent = 0;
  for (const [country, sends] of Object.entries(countries)) {
    let texts = sends;
    for (const channel of channels) {
      const others = notTexts[priceKey(country, channel)] ?? 0;
      spent += others * microPrice(money, country, channel);
      texts -= others;
    }
    spent += texts * microPrice(money, country, "sms");
  }
  return spent;
}

/** The day's sends by channel, all countries together. */
export function sendsByChannel({ countries, notTexts }: DaySends): Record<string, number> {
  const sum = (counts: readonly number[]) => counts.reduce((total, each) => total + each, 0);
  const others = Object.entries(notTexts);
  const byChannel = channels.map((channel) => {
    const sends = others.filter(([key]) => key.endsWith(`/${channel}`)).map(([, each]) => each);
    return [channel, sum(sends)] as const;
  });
  const texts = sum(Object.values(countries)) - sum(Object.values(notTexts));
  return { ...Object.fromEntries(byChannel), sms: texts };
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
  sends: DaySends,
  alertedToday: readonly AlertPercent[],
  money: Money,
): MoneyOutcome {
  const spent = spentMicro(sends, money);
  const reached = alertPercents.filter((percent) => spent * 100 >= percent * money.microBudget);
  return {
    kind: spent > money.microBudget ? "over" : "within",
    alerts: reached.filter((percent) => !alertedToday.includes(percent)),
  };
}
