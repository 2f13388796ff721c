import type { Channel, Purpose, VerificationStatus } from "../contract.ts";
import type { Code, Delivery, Ledger, Verification } from "./state.ts";

/** Wrong codes that a code survives, all its verifications together. */
export const maxAttempts = 5;
/** So near its end a code is of no use, and Twilio may answer a send with another one. */
export const lastSendMs = 15_000;
/** Twilio Verify refuses a sixth send of one code. */
export const maxSendsOfSharedCode = 5;

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

/** Why nothing can be done with a verification any more. */
export type NotPending =
  | { readonly kind: "not_found" }
  | { readonly kind: "ended"; readonly status: Exclude<VerificationStatus, "pending"> };

export function viewOf(verification: Verification, code: Code, nowMs: number): LedgerView {
  return {
    status: statusOf(verification, code, nowMs),
    purpose: verification.purpose,
    channel: verification.channel,
    expiresAtMs: code.expiresAtMs,
    resendAtMs: resendAtMs(verification),
    attemptsRemaining: attemptsRemaining(code),
    ...(verification.delivery && { delivery: verification.delivery }),
  };
}

/** The clock decides, not an alarm that may be late. What was exhausted stays so. */
export function statusOf(
  verification: Verification,
  code: Code,
  nowMs: number,
): VerificationStatus {
  if (verification.ended !== undefined) return verification.ended.status;
  // One that is still being judged may yet be right; overdue, it counts as wrong.
  const isJudging = outstandingOf(code).some(({ deadlineMs }) => nowMs < deadlineMs);
  if (attemptsRemaining(code) === 0 && !isJudging) return "exhausted";
  return nowMs < code.expiresAtMs ? "pending" : "expired";
}

export function attemptsRemaining(code: Code): number {
  const used = code.attempts.length + (code.carried ?? 0);
  return code.exhausted === true ? 0 : Math.max(0, maxAttempts - used);
}

export function outstandingOf(code: Code) {
  return code.attempts.filter((attempt) => attempt.state === "outstanding");
}

/** Delays this verification's own resend, nothing else. */
export function resendAtMs({ sends, lastSendAtMs }: Verification): number {
  const step = Math.min(Math.max(sends, 1), cooldownSeconds.length) - 1;
  return lastSendAtMs + (cooldownSeconds[step] ?? 120) * 1000;
}

/** The verification and its code, or undefined when the number has none of that name. */
export function find(
  ledger: Ledger,
  id: string,
): { verification: Verification; code: Code } | undefined {
  const verification = Object.hasOwn(ledger.verifications, id)
    ? ledger.verifications[id]
    : undefined;
  const code = verification && ledger.codes[verification.code];
  return verification && code && { verification, code };
}

export function codeOf(ledger: Ledger, verification: Verification): Code {
  const code = ledger.codes[verification.code];
  if (code === undefined) throw new Error("a verification without its code");
  return code;
}

export function handlesOn(ledger: Ledger, code: string): Verification[] {
  return Object.values(ledger.verifications).filter((verification) => verification.code === code);
}

/** The first end stands. */
export function end(
  verification: Verification,
  status: NonNullable<Verification["ended"]>["status"],
  nowMs: number,
): void {
  verification.ended ??= { status, atMs: nowMs };
}
