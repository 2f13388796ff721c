import type { ConversionConstants, RuleMode } from "../config/guard-rules.ts";
import {
  addApproval,
  addSend,
  giveBackSends,
  viewConversion,
  type Conversion,
} from "./conversion.ts";
import { strongest, verdictOf, type CaptchaState, type Verdict } from "./rule-mode.ts";

/** The two keys that one send concerns. Nothing else is read or written for it. */
export interface ConversionPair {
  readonly country: Conversion;
  readonly prefix: Conversion;
}

/** What a verification has added to its keys, all its sends together. */
export interface AddedSends {
  readonly country: number;
  readonly prefix: number;
}

export interface ConversionModes {
  /** A full prefix. @default "refuse" */
  readonly prefix: RuleMode;
  /** A full country: to refuse there is to refuse the honest. @default "challenge" */
  readonly country: RuleMode;
}

export const conversionModes: ConversionModes = { prefix: "refuse", country: "challenge" };

export interface ConversionOutcome {
  readonly verdict: Verdict;
  /** The keys that were full, whatever came of it: what a log is told. */
  readonly full: readonly ("prefix" | "country")[];
  readonly added: AddedSends;
  /** Until what held the send up has room; 0 where it passed. */
  readonly retryAfterMs: number;
}

/**
 * Judges one send, and counts it where it passes: in the keys that are not full. One that is held
 * up counts nowhere, so `next` is then what was given and nothing need be written. A number that
 * was verified once is `trusted`: never held up.
 */
export function reserveConversion(
  pair: ConversionPair,
  send: {
    readonly captcha: CaptchaState;
    readonly modes: ConversionModes;
    readonly trusted: boolean;
  },
  constants: ConversionConstants,
  nowMs: number,
): { readonly outcome: ConversionOutcome; readonly next: ConversionPair } {
  const prefix = viewConversion(pair.prefix, constants, nowMs);
  const country = viewConversion(pair.country, constants, nowMs);
  const full = [
    ...(prefix.isFull && send.modes.prefix !== "off" ? (["prefix"] as const) : []),
    ...(country.isFull && send.modes.country !== "off" ? (["country"] as const) : []),
  ];
  const verdicts = full.map((key) => verdictOf(send.modes[key], send.captcha));
  const verdict = send.trusted ? "pass" : strongest(verdicts);
  if (verdict !== "pass") {
    const waits = full.filter((_, index) => verdicts[index] === verdict);
    const retryAfterMs = Math.max(...waits.map((key) => ({ prefix, country })[key].retryAfterMs));
    const added = { country: 0, prefix: 0 };
    return { outcome: { verdict, full, added, retryAfterMs }, next: pair };
  }
  const inCountry = addSend(pair.country, constants, nowMs);
  const inPrefix = addSend(pair.prefix, constants, nowMs);
  const added = { country: inCountry.added, prefix: inPrefix.added };
  return {
    outcome: { verdict, full, added, retryAfterMs: 0 },
    next: { country: inCountry.next, prefix: inPrefix.next },
  };
}

/** Takes back what a send added that was surely not made. */
export function giveBackConversion(
  pair: ConversionPair,
  added: AddedSends,
  constants: ConversionConstants,
  nowMs: number,
): ConversionPair {
  return {
    country: giveBackSends(pair.country, added.country, constants, nowMs),
    prefix: giveBackSends(pair.prefix, added.prefix, constants, nowMs),
  };
}

/** An approval drains what all sends of its verification have added, and no more. */
export function approveConversion(
  pair: ConversionPair,
  added: AddedSends,
  constants: ConversionConstants,
  nowMs: number,
): ConversionPair {
  return {
    country: addApproval(pair.country, added.country, constants, nowMs),
    prefix: addApproval(pair.prefix, added.prefix, constants, nowMs),
  };
}
