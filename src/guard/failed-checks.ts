import type { FailedChecksConstants } from "../config/guard-rules.ts";
import type { RuleMode } from "../contract/words.ts";
import type { Lever } from "./rule-mode.ts";
import { countInSlot, keptSlots, sumOfSlots, type Slots } from "./slots.ts";

/**
 * The recent checks of all numbers, stored as JSON. Wrong codes over many numbers show an attacker who
 * guesses codes. A single number sees too few of them (SECURITY C7).
 */
export interface FailedChecks {
  readonly failed: Slots;
  readonly approved: Slots;
  /** Until then all callers must pass a captcha. */
  readonly askUntilMs: number;
  /**
   * Set by the operator's lever: until then all callers must pass a captcha, in each mode of the
   * rule.
   */
  readonly toldToAskUntilMs?: number;
  /** Set by the operator's lever: until then failed checks demand no captcha. */
  readonly toldNotToAskUntilMs?: number;
}

export const noFailedChecks: FailedChecks = { failed: {}, approved: {}, askUntilMs: 0 };

/** The shape that earlier versions stored. */
export type EarlierFailedChecks = Pick<FailedChecks, "failed" | "approved"> & {
  readonly openUntilMs: number;
  readonly heldOpenUntilMs?: number;
  readonly heldShutUntilMs?: number;
};

/** Reads the stored state, also in the earlier shape. */
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
 * Counts a judged check. `startsAsking`: from now on all callers must pass a captcha, so it is alerted.
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
    startsAsking: !asksAllCallers(state, nowMs) && asksAllCallers(asking, nowMs),
    next: asking,
  };
}

/** Returns whether all callers must pass a captcha now. */
export function asksAllCallers(state: FailedChecks, nowMs: number): boolean {
  return nowMs < state.askUntilMs && nowMs >= (state.toldNotToAskUntilMs ?? 0);
}

/** Returns the milliseconds for which all callers must still pass a captcha, or 0. */
export function askedForMs(state: FailedChecks, nowMs: number): number {
  return asksAllCallers(state, nowMs) ? state.askUntilMs - nowMs : 0;
}

/**
 * Returns the mode of the rule, or that of the operator's lever, if the rule matches now. Otherwise
 * undefined.
 */
export function judgeFailedChecks(
  state: FailedChecks,
  mode: RuleMode,
  nowMs: number,
): RuleMode | "hold_up" | undefined {
  if (nowMs < (state.toldToAskUntilMs ?? 0)) return "hold_up";
  return mode !== "off" && asksAllCallers(state, nowMs) ? mode : undefined;
}

/**
 * Sets the operator's lever: demands a captcha of all callers, or of none, until a time, or resets
 * the counts.
 */
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
