import type { ConversionConstants, RuleMode } from "../config/guard-rules.ts";
import {
  addApproval,
  addSend,
  giveBackSends,
  viewConversion,
  type Conversion,
  type Times,
} from "./conversion.ts";
import { strongest, verdictOf, type CaptchaState, type Verdict } from "./rule-mode.ts";
import type { Standing } from "./standing.ts";

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
  /** A full prefix. @default "challenge" */
  readonly prefix: RuleMode;
  /** A full country: to refuse there is to refuse the honest. @default "challenge" */
  readonly country: RuleMode;
}

export const conversionModes: ConversionModes = { prefix: "challenge", country: "challenge" };

/** What a send is judged by. */
export interface SendToJudge {
  readonly standing: Standing;
  /** Whether a captcha can be asked for. */
  readonly captcha: CaptchaState;
  readonly modes: ConversionModes;
}

export interface ConversionOutcome {
  readonly verdict: Verdict;
  /** The keys that were full, whatever came of it: what a log is told. */
  readonly full: readonly (keyof ConversionPair)[];
  /** Those that have held it up. */
  readonly heldBy: readonly (keyof ConversionPair)[];
  readonly added: AddedSends;
  /** Until what held the send up has room; 0 where it passed. */
  readonly retryAfterMs: number;
}

/**
 * How many times its capacity a prefix holds before a send is refused. So strangers without a
 * captcha never shut it for those with one, nor these for an app's backend. Known callers are never
 * held up, so they fill a prefix no further than strangers do.
 */
const roomInPrefix: Readonly<Record<Standing, Times>> = {
  stranger: 1,
  human: 2,
  backend: 3,
  known: 1,
};

/**
 * Judges one send, and counts it where it passes: in the keys that have room for it. One that is
 * held up counts nowhere, so `next` is then what was given and nothing need be written.
 */
export function reserveConversion(
  pair: ConversionPair,
  send: SendToJudge,
  constants: ConversionConstants,
  nowMs: number,
): { readonly outcome: ConversionOutcome; readonly next: ConversionPair } {
  const judged = judgeConversion(pair, send, constants, nowMs);
  if (judged.verdict !== "pass")
    return { outcome: { ...judged, added: { country: 0, prefix: 0 } }, next: pair };
  const inCountry = addSend(pair.country, constants, nowMs);
  const inPrefix = addSend(pair.prefix, constants, nowMs, roomInPrefix[send.standing]);
  const added = { country: inCountry.added, prefix: inPrefix.added };
  return {
    outcome: { ...judged, added },
    next: { country: inCountry.next, prefix: inPrefix.next },
  };
}

/** What a send would be told, without counting it. */
export function judgeConversion(
  pair: ConversionPair,
  { standing, captcha, modes }: SendToJudge,
  constants: ConversionConstants,
  nowMs: number,
): Omit<ConversionOutcome, "added"> {
  const waitMs = (key: keyof ConversionPair, times: Times) =>
    viewConversion(pair[key], constants, nowMs, times).retryAfterMs;
  const isFull = (key: keyof ConversionPair) => modes[key] !== "off" && waitMs(key, 1) > 0;
  const full = (["prefix", "country"] as const).filter(isFull);
  if (standing === "known") return { verdict: "pass", full, heldBy: [], retryAfterMs: 0 };
  const judged = full.map((key) => {
    if (key === "country" || modes.prefix !== "challenge")
      return { key, verdict: verdictOf(modes[key], captcha), waitMs: waitMs(key, 1) };
    const times = roomInPrefix[standing];
    const wait = { key, waitMs: waitMs("prefix", times) };
    if (wait.waitMs === 0) return { ...wait, verdict: "pass" as const };
    // A captcha is asked for where one can be, and where it would help.
    const isAsked = times === 1 && captcha === "missing" && waitMs("prefix", 2) === 0;
    return { ...wait, verdict: isAsked ? ("challenge" as const) : ("refuse" as const) };
  });
  const verdict = strongest(judged.map((each) => each.verdict));
  const heldBy = judged.filter((each) => each.verdict !== "pass").map(({ key }) => key);
  const waits = judged.filter((each) => each.verdict === verdict && verdict !== "pass");
  const retryAfterMs = Math.max(0, ...waits.map((each) => each.waitMs));
  return { verdict, full, heldBy, retryAfterMs };
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
