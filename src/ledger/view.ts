import type { Channel } from "../contract/channels.ts";
import type { Purpose, VerificationStatus } from "../contract/words.ts";
import type { Code } from "./code-state.ts";
import type { Delivery, Ended, Ledger, Verification } from "./state.ts";

/** Wrong codes that a code survives, all its verifications together. */
export const maxAttempts = 5;
/** So near its end a code is of no use, and Twilio may answer a send with another one. */
export const lastSendMs = 15_000;

/** Seconds after the first, second, … send before the next (Twilio's own advice). */
const cooldownSeconds = [30, 40, 60, 90, 120] as const;

/** What the holder of an id may know of a verification. */
export interface LedgerView {
  readonly status: VerificationStatus;
  readonly purpose: Purpose;
  readonly channel: Channel;
  readonly expiresAtMs: number;
  readonly resendAtMs: number;
  readonly attemptsRemaining: number;
  readonly delivery?: Delivery;
}

/** Why a verification takes no more codes and no more sends. */
export type NotPending =
  | { readonly kind: "not_found" }
  | { readonly kind: "ended"; readonly status: Exclude<VerificationStatus, "pending"> };

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

/** The clock decides, not an alarm that may be late. An exhausted verification stays exhausted. */
export function statusOf(
  ledger: Ledger,
  verification: Verification,
  nowMs: number,
): VerificationStatus {
  if (verification.ended !== undefined) return verification.ended.status;
  const code = codeOf(ledger, verification);
  // The attempt that is being judged may yet be right.
  const isJudging = Object.values(ledger.lines).some(
    ({ lease }) => lease?.work === "check" && lease.code === verification.code,
  );
  if (attemptsRemaining(code) === 0 && !isJudging) return "exhausted";
  return nowMs < code.expiresAtMs ? "pending" : "expired";
}

export function attemptsRemaining(code: Code): number {
  if (code.engine === "verify" && code.isExhausted) return 0;
  const attempts = Object.values(code.used).reduce((sum, used) => sum + used.attempts, 0);
  return Math.max(0, maxAttempts - attempts);
}

export function sendsOf(code: Code): number {
  return Object.values(code.used).reduce((sum, used) => sum + used.sends, 0);
}

/** Delays this verification's own resend, nothing else. */
export function resendAtMs({ sends, lastSendAtMs }: Verification): number {
  const step = Math.min(Math.max(sends, 1), cooldownSeconds.length) - 1;
  return lastSendAtMs + (cooldownSeconds[step] ?? 120) * 1000;
}

/** Undefined when the number has no verification of this id. */
export function findVerification(ledger: Ledger, id: string): Verification | undefined {
  return Object.hasOwn(ledger.verifications, id) ? ledger.verifications[id] : undefined;
}

export function codeOf(ledger: Ledger, verification: Verification): Code {
  const code = ledger.codes[verification.code];
  if (code === undefined) throw new Error("a verification without its code");
  return code;
}

export function verificationsOn(ledger: Ledger, code: string): Verification[] {
  return Object.values(ledger.verifications).filter((verification) => verification.code === code);
}

/** The first end stands. */
export function endVerification(
  verification: Verification,
  status: Ended["status"],
  nowMs: number,
): void {
  verification.ended ??= { status, atMs: nowMs };
}
