import { priceKey, type Money } from "../config/money.ts";
import { channels, standardChannel, type Channel } from "../contract/channels.ts";

/** The day's sends, as the budget counts them. */
export interface DaySends {
  /** All of them, by country. */
  readonly countries: Readonly<Record<string, number>>;
  /** Those of them that were no text, by `priceKey`: country and channel. */
  readonly notTexts: Readonly<Record<string, number>>;
  /** Texts beyond the first of their message, by country: a long message is billed as several. */
  readonly moreTexts?: Readonly<Record<string, number>>;
  /** What Twilio Verify has approved, by country. */
  readonly approvals?: Readonly<Record<string, number>>;
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

/** What Twilio Verify charges for an approval; 0 where no price is set. */
export function microPriceOfApproval({ verifyMicroPrices }: Money, country: string): number {
  return verifyMicroPrices?.[country] ?? verifyMicroPrices?.["*"] ?? 0;
}

/** One send, as it is paid. */
export interface PaidSend {
  readonly country: string;
  readonly channel: Channel;
  /** How many texts its message is billed as. @default 1 */
  readonly texts?: number;
}

/** One send more (1), or one that was given back (-1). */
export function countSend(
  day: DaySends,
  { country, channel, texts = 1 }: PaidSend,
  sends: 1 | -1,
): DaySends {
  const { countries, notTexts, moreTexts = {} } = day;
  const isText = channel === standardChannel;
  return {
    ...day,
    countries: plus(countries, country, sends),
    notTexts: isText ? notTexts : plus(notTexts, priceKey(country, channel), sends),
    ...(isText && texts > 1 && { moreTexts: plus(moreTexts, country, sends * (texts - 1)) }),
  };
}

/** One approval by Twilio Verify. */
export function countApproval(day: DaySends, country: string): DaySends {
  return { ...day, approvals: plus(day.approvals ?? {}, country, 1) };
}

const plus = (counts: Readonly<Record<string, number>>, key: string, more: number) => ({
  ...counts,
  [key]: (counts[key] ?? 0) + more,
});

/**
 * What the day's sends and approvals have cost, from the counts that the budget keeps anyway. So money
 * is as exact as they are, what is given back is not paid, and a new price holds for the whole day.
 */
export function spentMicro(day: DaySends, money: Money): number {
  const { countries, notTexts, moreTexts = {}, approvals = {} } = day;
  let spent = 0;
  for (const [country, texts] of Object.entries(moreTexts))
    spent += texts * microPrice(money, country, standardChannel);
  for (const [country, approved] of Object.entries(approvals))
    spent += approved * microPriceOfApproval(money, country);
  for (const [country, sends] of Object.entries(countries)) {
    let texts = sends;
    for (const channel of channels) {
      const others = notTexts[priceKey(country, channel)] ?? 0;
      spent += others * microPrice(money, country, channel);
      texts -= others;
    }
    spent += texts * microPrice(money, country, standardChannel);
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
  return { ...Object.fromEntries(byChannel), [standardChannel]: texts };
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
