import type { Channel } from "../contract/channels.ts";
import type { Purpose, VerificationStatus } from "../contract/words.ts";
import type { Code } from "./code-state.ts";
import type { Delivery, Ended, Ledger, Verification } from "./state.ts";

/** The attempts of a code, over all its verifications. */
export const maxAttempts = 5;
/**
 * A code is not sent in its last 15 seconds: the user has too little time, and Twilio may make a
 * new code.
 */
export const lastSendMs = 15_000;

/** The waiting time after the first, second, … send, as Twilio recommends. */
const cooldownSeconds = [30, 40, 60, 90, 120] as const;

/** What a caller with the id may learn about a verification. */
export interface LedgerView {
  readonly status: VerificationStatus;
  readonly purpose: Purpose;
  readonly channel: Channel;
  readonly expiresAtMs: number;
  readonly resendAtMs: number;
  readonly attemptsRemaining: number;
  readonly delivery?: Delivery;
}

/** Why a verification accepts no more codes and sends. */
export type NotPending =
  | { readonly kind: "not_found" }
  | { readonly kind: "ended"; readonly status: Exclude<VerificationStatus, "pending"> };

/** Returns the view of a verification. */
export function viewOf(ledger: Ledger, verification: Verification, nowMs: number): LedgerView {
  const code = codeOf(ledger, verification);
  return {
    status: statusOf(ledger, verification, nowMs),
    purpose: verification.purpose,
    channel: verification.channel,
    expiresAtMs: code.expiresAtMs,
    resendAtMs: resendAtMs(verification),
    attemptsRemaining: attemptsRemaining(code),
    ...(verification.delivery && { delivery: verification.delivery }),
  };
}

/**
 * Returns the status by the clock, since an alarm may run late. An exhausted verification stays
 * exhausted.
 */
export function statusOf(
  ledger: Ledger,
  verification: Verification,
  nowMs: number,
): VerificationStatus {
  if (verification.ended !== undefined) return verification.ended.status;
  const code = codeOf(ledger, verification);
  // The attempt that Twilio is judging may be right.
  const isJudging = Object.values(ledger.lines).some(
    ({ lease }) => lease?.work === "check" && lease.code === verification.code,
  );
  if (attemptsRemaining(code) === 0 && !isJudging) return "exhausted";
  return nowMs < code.expiresAtMs ? "pending" : "expired";
}

/** Returns the attempts that are left for the code. */
export function attemptsRemaining(code: Code): number {
  if (code.engine === "verify" && code.isExhausted) return 0;
  const attempts = Object.values(code.used).reduce((sum, used) => sum + used.attempts, 0);
  return Math.max(0, maxAttempts - attempts);
}

/** Returns the sends of the code by all callers. */
export function sendsOf(code: Code): number {
  return Object.values(code.used).reduce((sum, used) => sum + used.sends, 0);
}

/**
 * Returns when this verification may be resent, in milliseconds. Other verifications are not
 * delayed.
 */
export function resendAtMs({ sends, lastSendAtMs }: Verification): number {
  const step = Math.min(Math.max(sends, 1), cooldownSeconds.length) - 1;
  return lastSendAtMs + (cooldownSeconds[step] ?? 120) * 1000;
}

/** Returns the verification with this id, or undefined. */
export function findVerification(ledger: Ledger, id: string): Verification | undefined {
  return Object.hasOwn(ledger.verifications, id) ? ledger.verifications[id] : undefined;
}

/** Returns the code of a verification. */
export function codeOf(ledger: Ledger, verification: Verification): Code {
  const code = ledger.codes[verification.code];
  if (code === undefined) throw new Error("a verification without its code");
  return code;
}

/** Returns all verifications that use the code. */
export function verificationsOn(ledger: Ledger, code: string): Verification[] {
  return Object.values(ledger.verifications).filter((verification) => verification.code === code);
}

/** Ends a verification. An ended verification keeps its first end. Changes `verification`. */
export function endVerification(
  verification: Verification,
  status: Ended["status"],
  nowMs: number,
): void {
  verification.ended ??= { status, atMs: nowMs };
}
