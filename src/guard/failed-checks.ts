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
  readonly openUntilMs: number;
  /** Set by the operator: everybody is asked until then, whatever the rule may do. */
  readonly heldOpenUntilMs?: number;
  /** Set by the operator: nobody is asked until then, whatever fails. */
  readonly heldShutUntilMs?: number;
}

export const noFailedChecks: FailedChecks = { failed: {}, approved: {}, openUntilMs: 0 };

/** One check that was judged. `hasOpened`: everybody is asked from now on, which is worth an alert. */
export function countCheck(
  state: FailedChecks,
  judged: "failed" | "approved",
  constants: FailedChecksConstants,
  nowMs: number,
): { readonly hasOpened: boolean; readonly next: FailedChecks } {
  const size = { slotMs: 60_000, kept: constants.windowMinutes };
  const next = { ...state, [judged]: countInSlot(state[judged], size, nowMs) };
  if (judged === "approved") return { hasOpened: false, next };
  const failed = sumOfSlots(next.failed);
  const approved = sumOfSlots(keptSlots(next.approved, size, nowMs));
  if (failed < constants.leastFailed || failed <= constants.failedPerApproval * approved)
    return { hasOpened: false, next };
  const openUntilMs = Math.max(state.openUntilMs, nowMs + constants.openMs);
  const opened = { ...next, openUntilMs };
  return { hasOpened: !asksEverybody(state, nowMs) && asksEverybody(opened, nowMs), next: opened };
}

export function asksEverybody(state: FailedChecks, nowMs: number): boolean {
  return nowMs < state.openUntilMs && nowMs >= (state.heldShutUntilMs ?? 0);
}

/** Milliseconds for which everybody is asked, from now on; 0 for not at all. */
export function askedForMs(state: FailedChecks, nowMs: number): number {
  return asksEverybody(state, nowMs) ? state.openUntilMs - nowMs : 0;
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
  if (nowMs < (state.heldOpenUntilMs ?? 0)) return "hold_up";
  return mode !== "off" && asksEverybody(state, nowMs) ? mode : undefined;
}

/** The operator's levers: ask everybody until then, ask nobody until then, or begin anew. */
export function setFailedChecksLever(state: FailedChecks, lever: Lever): FailedChecks {
  const { heldOpenUntilMs: _, heldShutUntilMs: _shut, ...rest } = state;
  switch (lever.set) {
    case "hold_up":
      return { ...rest, openUntilMs: lever.untilMs, heldOpenUntilMs: lever.untilMs };
    case "let_pass":
      return { ...rest, heldShutUntilMs: lever.untilMs };
    case "reset":
      return noFailedChecks;
  }
}
