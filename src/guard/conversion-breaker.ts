import type { Rules, RulesJudgedBy } from "../config/guard.ts";
import type { ConversionConstants } from "../config/guard-rules.ts";
import type { RuleMode } from "../contract/words.ts";
import {
  addApproval,
  addSend,
  giveBackSends,
  leverOf,
  viewConversion,
  type Conversion,
  type Times,
} from "./conversion.ts";
import {
  strongest,
  verdictOf,
  type CaptchaState,
  type OperatorsWord,
  type Verdict,
} from "./rule-mode.ts";
import { exemptionsOf, type Standing } from "./standing.ts";

type ConversionRule = RulesJudgedBy<"conversion">;

/** The two keys that one send concerns. Nothing else is read or written for it. */
export type ConversionPair = Readonly<Record<ConversionRule, Conversion>>;

/** What a verification has added to its keys, all its sends together. */
export type AddedSends = Readonly<Record<ConversionRule, number>>;

/** What a send is judged by. */
export interface SendToJudge {
  readonly standing: Standing;
  /** Whether a captcha can be asked for. */
  readonly captcha: CaptchaState;
  readonly modes: Pick<Rules, ConversionRule>;
}

export interface ConversionOutcome {
  readonly verdict: Verdict;
  /** What had something to say, whatever came of it: what a log is told. */
  readonly matched: readonly MatchedKey[];
  /** Those that have held it up; the first one has decided. */
  readonly heldBy: readonly MatchedKey[];
  readonly added: AddedSends;
  /** Until what held the send up has room; 0 where it passed. */
  readonly retryAfterMs: number;
}

/** A key that was full, with what its rule may do; or one of which the operator has decided. */
export interface MatchedKey {
  readonly rule: ConversionRule;
  readonly as: RuleMode | OperatorsWord;
}

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
  const inPrefix = addSend(pair.prefix, constants, nowMs, exemptionsOf(send.standing).prefixRoom);
  const added = { country: inCountry.added, prefix: inPrefix.added };
  return {
    outcome: { ...judged, added },
    next: { country: inCountry.next, prefix: inPrefix.next },
  };
}

/**
 * What a send would be told, without counting it. The operator's word holds whatever a rule may do,
 * and the word on a prefix goes before the word on its country.
 */
export function judgeConversion(
  pair: ConversionPair,
  send: SendToJudge,
  constants: ConversionConstants,
  nowMs: number,
): Omit<ConversionOutcome, "added"> {
  const { rules } = exemptionsOf(send.standing);
  const keys = leverOf(pair.prefix, nowMs) ? onlyPrefix : bothKeys;
  const judged = keys.flatMap((rule) => {
    const judgement = judgeKey(rule, pair[rule], send, constants, nowMs);
    return judgement ? [{ rule, ...judgement }] : [];
  });
  const matched = judged.map(nameOf);
  const held = judged.filter((each) => rules[each.rule] === "judged" && each.verdict !== "pass");
  const verdict = strongest(held.map((each) => each.verdict));
  const decides = (each: Judgement) => Number(each.verdict === verdict);
  const holding = held.toSorted(
    (one, two) => decides(two) - decides(one) || two.waitMs - one.waitMs,
  );
  const retryAfterMs = holding[0]?.waitMs ?? 0;
  return { verdict, matched, heldBy: holding.map(nameOf), retryAfterMs };
}

const nameOf = ({ rule, as }: MatchedKey): MatchedKey => ({ rule, as });

const bothKeys = ["prefix", "country"] as const;
const onlyPrefix = ["prefix"] as const;

interface Judgement {
  readonly as: MatchedKey["as"];
  readonly verdict: Verdict;
  readonly waitMs: number;
}

/** Whether a key is full, and what that means for a send by somebody who is not known. */
function judgeKey(
  key: ConversionRule,
  state: Conversion,
  { standing, captcha, modes }: SendToJudge,
  constants: ConversionConstants,
  nowMs: number,
): Judgement | undefined {
  const lever = leverOf(state, nowMs);
  if (lever?.holds === "open") return { as: "let_pass", verdict: "pass", waitMs: 0 };
  if (lever) return { as: "hold_up", verdict: "refuse", waitMs: lever.untilMs - nowMs };
  const as = modes[key];
  const roomIn = (times: Times) => viewConversion(state, constants, nowMs, times).retryAfterMs;
  if (as === "off" || roomIn(1) === 0) return undefined;
  if (key === "country" || as !== "challenge")
    return { as, verdict: verdictOf(as, captcha), waitMs: roomIn(1) };
  const times = exemptionsOf(standing).prefixRoom;
  const waitMs = roomIn(times);
  if (waitMs === 0) return { as, verdict: "pass", waitMs };
  // A captcha is required where one can be, and where it would help.
  const isAsked = times === 1 && captcha === "missing" && roomIn(2) === 0;
  return { as, verdict: isAsked ? "challenge" : "refuse", waitMs };
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
