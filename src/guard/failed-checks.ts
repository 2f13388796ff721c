import type { FailedChecksConstants } from "../config/guard-rules.ts";
import type { RuleMode } from "../contract/words.ts";
import type { Lever } from "./rule-mode.ts";
import { countInSlot, keptSlots, sumOfSlots, type Slots } from "./slots.ts";

/**
 * The world's checks of late. Wrong codes over many numbers are somebody who guesses; each number
 * alone sees too few of them (SECURITY C7). Plain JSON.
 */
export interface FailedChecks {
  readonly failed: Slots;
  readonly approved: Slots;
  /** Everybody is asked for a captcha until then. */
  readonly askUntilMs: number;
  /** Set by the operator: everybody is asked until then, whatever the rule may do. */
  readonly toldToAskUntilMs?: number;
  /** Set by the operator: nobody is asked until then, whatever fails. */
  readonly toldNotToAskUntilMs?: number;
}

export const noFailedChecks: FailedChecks = { failed: {}, approved: {}, askUntilMs: 0 };

/** As it was stored before its fields said what they mean. */
export type EarlierFailedChecks = Pick<FailedChecks, "failed" | "approved"> & {
  readonly openUntilMs: number;
  readonly heldOpenUntilMs?: number;
  readonly heldShutUntilMs?: number;
};

/** The stored state, of this version or an earlier one. */
export function readFailedChecks(
  stored: FailedChecks | EarlierFailedChecks | undefined,
): FailedChecks {
  if (stored === undefined) return noFailedChecks;
  if (!("openUntilMs" in stored)) return stored;
  const { failed, approved, openUntilMs, heldOpenUntilMs, heldShutUntilMs } = stored;
  return {
    failed,
    approved,
    askUntilMs: openUntilMs,
    ...(heldOpenUntilMs !== undefined && { toldToAskUntilMs: heldOpenUntilMs }),
    ...(heldShutUntilMs !== undefined && { toldNotToAskUntilMs: heldShutUntilMs }),
  };
}

/**
 * One check that was judged. `startsAsking`: everybody is asked from now on, which is worth an
 * alert.
 */
export function countCheck(
  state: FailedChecks,
  judged: "failed" | "approved",
  constants: FailedChecksConstants,
  nowMs: number,
): { readonly startsAsking: boolean; readonly next: FailedChecks } {
  const size = { slotMs: 60_000, kept: constants.windowMinutes };
  const next = { ...state, [judged]: countInSlot(state[judged], size, nowMs) };
  if (judged === "approved") return { startsAsking: false, next };
  const failed = sumOfSlots(next.failed);
  const approved = sumOfSlots(keptSlots(next.approved, size, nowMs));
  if (failed < constants.leastFailed || failed <= constants.failedPerApproval * approved)
    return { startsAsking: false, next };
  const askUntilMs = Math.max(state.askUntilMs, nowMs + constants.askMs);
  const asking = { ...next, askUntilMs };
  return {
    startsAsking: !asksEverybody(state, nowMs) && asksEverybody(asking, nowMs),
    next: asking,
  };
}

export function asksEverybody(state: FailedChecks, nowMs: number): boolean {
  return nowMs < state.askUntilMs && nowMs >= (state.toldNotToAskUntilMs ?? 0);
}

/** Milliseconds for which everybody is asked, from now on; 0 for not at all. */
export function askedForMs(state: FailedChecks, nowMs: number): number {
  return asksEverybody(state, nowMs) ? state.askUntilMs - nowMs : 0;
}

/**
 * What the rule may do to a send at this moment: its mode, or the operator's word that everybody is
 * asked. Undefined where the rule does not match.
 */
export function judgeFailedChecks(
  state: FailedChecks,
  mode: RuleMode,
  nowMs: number,
): RuleMode | "hold_up" | undefined {
  if (nowMs < (state.toldToAskUntilMs ?? 0)) return "hold_up";
  return mode !== "off" && asksEverybody(state, nowMs) ? mode : undefined;
}

/** The operator's levers: ask everybody until then, ask nobody until then, or begin anew. */
export function setFailedChecksLever(state: FailedChecks, lever: Lever): FailedChecks {
  const { toldToAskUntilMs: _, toldNotToAskUntilMs: _not, ...rest } = state;
  switch (lever.set) {
    case "hold_up":
      return { ...rest, askUntilMs: lever.untilMs, toldToAskUntilMs: lever.untilMs };
    case "let_pass":
      return { ...rest, toldNotToAskUntilMs: lever.untilMs };
    case "reset":
      return noFailedChecks;
  }
}
