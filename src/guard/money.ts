import { priceKey, type Money } from "../config/money.ts";
import { channels, standardChannel, type Channel } from "../contract/channels.ts";

/** The day's sends, in the form in which the budget counts them. */
export interface DaySends {
  /** All sends, by country. */
  readonly countries: Readonly<Record<string, number>>;
  /** Sends through other channels than `sms`, by `priceKey`: country and channel. */
  readonly notTexts: Readonly<Record<string, number>>;
  /** Further segments of long messages, by country. A long message is billed as several texts. */
  readonly moreTexts?: Readonly<Record<string, number>>;
  /** Approvals by Twilio Verify, by country. */
  readonly approvals?: Readonly<Record<string, number>>;
}

/**
 * Returns the price of one send, in millionths. Each allowed country has a price for each allowed channel. A
 * resend after a country or channel was closed gets the highest price, so that it is never free.
 */
export function microPrice({ microPrices }: Money, country: string, channel: Channel): number {
  return (
    microPrices[priceKey(country, channel)] ??
    microPrices[priceKey("*", channel)] ??
    Math.max(...Object.values(microPrices))
  );
}

/** Returns what Twilio Verify charges for an approval, in millionths, or 0 if no price is set. */
export function microPriceOfApproval({ verifyMicroPrices }: Money, country: string): number {
  return verifyMicroPrices?.[country] ?? verifyMicroPrices?.["*"] ?? 0;
}

/** What decides the price of one send. */
export interface PaidSend {
  readonly country: string;
  readonly channel: Channel;
  /** The segments that the message is billed as. @default 1 */
  readonly texts?: number;
}

/** Counts one send (1), or gives one back (-1). */
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

/** Counts one approval by Twilio Verify. */
export function countApproval(day: DaySends, country: string): DaySends {
  return { ...day, approvals: plus(day.approvals ?? {}, country, 1) };
}

const plus = (counts: Readonly<Record<string, number>>, key: string, more: number) => ({
  ...counts,
  [key]: (counts[key] ?? 0) + more,
});

/**
 * Returns what the day's sends and approvals cost, in millionths. It is computed from the counts, so it is
 * as exact as they are, and a changed price applies to the whole day.
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

/** Returns the day's sends by channel, over all countries. */
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

/** Percentages of the budget that alert the operator, each once a day. */
const alertPercents = [50, 80, 100] as const;
export type AlertPercent = (typeof alertPercents)[number];

export interface MoneyOutcome {
  /** `over`: the newest of these sends exceeds the budget. */
  readonly kind: "within" | "over";
  /** The percentages that these sends reach for the first time today. */
  readonly alerts: readonly AlertPercent[];
}

/** Judges whether the day's money is enough for these sends, which include the requested one. */
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
