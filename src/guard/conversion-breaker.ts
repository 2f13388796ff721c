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
  type LeverMode,
  type Verdict,
} from "./rule-mode.ts";
import { exemptionsOf, type Standing } from "./standing.ts";

type ConversionRule = RulesJudgedBy<"conversion">;

/**
 * The states of the two keys of a send: its country and its prefix. No other key is read or
 * written.
 */
export type ConversionPair = Readonly<Record<ConversionRule, Conversion>>;

/** What all sends of a verification have added to the levels of its keys. */
export type AddedSends = Readonly<Record<ConversionRule, number>>;

/** What the breaker needs to know about a send. */
export interface SendToJudge {
  readonly standing: Standing;
  /** Whether the caller has passed a captcha, or can be asked for one. */
  readonly captcha: CaptchaState;
  readonly modes: Pick<Rules, ConversionRule>;
}

export interface ConversionOutcome {
  readonly verdict: Verdict;
  /** The keys that were full or overridden, also if the send passed. For the log. */
  readonly matched: readonly MatchedKey[];
  /** The keys that held the send up. The first one decided. */
  readonly heldBy: readonly MatchedKey[];
  readonly added: AddedSends;
  /** Milliseconds until the deciding key has room, or 0 if the send passed. */
  readonly retryAfterMs: number;
}

/** A key that was full, with its rule's mode, or a key that the operator has overridden. */
export interface MatchedKey {
  readonly rule: ConversionRule;
  readonly as: RuleMode | LeverMode;
}

/**
 * Judges one send. If it passes, it is counted in each key that has room for it. If it is held up, `next`
 * is the unchanged `pair`, so nothing needs to be written.
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
 * Judges one send without counting it. The operator's lever overrides the rule's mode, and a lever on a
 * prefix overrides a lever on its country.
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
  const decides = (each: KeyJudgement) => Number(each.verdict === verdict);
  const holding = held.toSorted(
    (one, two) => decides(two) - decides(one) || two.waitMs - one.waitMs,
  );
  const retryAfterMs = holding[0]?.waitMs ?? 0;
  return { verdict, matched, heldBy: holding.map(nameOf), retryAfterMs };
}

const nameOf = ({ rule, as }: MatchedKey): MatchedKey => ({ rule, as });

const bothKeys = ["prefix", "country"] as const;
const onlyPrefix = ["prefix"] as const;

interface KeyJudgement {
  readonly as: MatchedKey["as"];
  readonly verdict: Verdict;
  readonly waitMs: number;
}

/** Judges one key for a caller that is not known. Returns undefined if the key has room. */
function judgeKey(
  key: ConversionRule,
  state: Conversion,
  { standing, captcha, modes }: SendToJudge,
  constants: ConversionConstants,
  nowMs: number,
): KeyJudgement | undefined {
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
  // A captcha is demanded only if it would help: if the key has room for callers that passed one.
  const isAsked = times === 1 && captcha === "missing" && roomIn(2) === 0;
  return { as, verdict: isAsked ? "challenge" : "refuse", waitMs };
}

/** Subtracts what a send added that was certainly not made. */
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

/** Counts an approval, and subtracts what all sends of its verification have added. */
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
