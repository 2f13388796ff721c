import { isSentBy, standardChannel, type Channel } from "../contract/channels.ts";
import type { Limit } from "../lib/env-reader.ts";
import { verificationLifetimeMs } from "../twilio/verify.ts";
import { classOf } from "./accounts.ts";
import { busyLine, type Busy } from "./lease.ts";
import { endOverdueLeases } from "./overdue-leases.ts";
import { isSpared, standingIn } from "./known-devices.ts";
import { sendLimitRefusal, recordSend } from "./sends.ts";
import {
  chooseCode,
  leaseForSend,
  mayRenew,
  type Cancelable,
  type Choice,
  type NumberRefusal,
} from "./choose-code.ts";
import type { Code, ProtectedCode } from "./code-state.ts";
import type { CallerRef, Ledger, Step, Verification } from "./state.ts";
import {
  codeOf,
  findVerification,
  lastSendMs,
  resendAtMs,
  statusOf,
  viewOf,
  type LedgerView,
  type NotPending,
} from "./view.ts";

export interface ResendRequest {
  readonly id: string;
  /** The random name of the send, and of the lease of its conversation. */
  readonly send: string;
  readonly channel?: Channel;
  readonly limits: readonly Limit[];
}

export type ResendReservation =
  | {
      readonly kind: "send";
      readonly view: LedgerView;
      readonly sealedNumber: string;
      readonly sealedApp?: string;
      readonly locale?: string;
      readonly code: SentCode;
      /** The guard treats the caller as known. */
      readonly isKnown: boolean;
      /** No code is sent, but the caller gets the same answer as if a code were sent. */
      readonly isHidden?: true;
      /** The number of the send within its verification, from 1. */
      readonly sendNumber: number;
      /** The verification to cancel at Twilio before the send. */
      readonly cancelFirst?: Cancelable;
    }
  | ResendRefusal;

type ResendRefusal =
  | { readonly kind: "cooldown"; readonly retryAfterMs: number }
  /** The code is one of our own, and only Twilio Verify sends through this channel. */
  | { readonly kind: "text_only" }
  | NotPending
  | NumberRefusal
  | Busy;

/** The code of a send: Twilio's code of a service, or one of our own. */
export type SentCode =
  | { readonly service: string; readonly binding?: string }
  | { readonly protected: ProtectedCode };

/** Reserves one more send of the same code, and takes the line. A refusal leaves nothing stored. */
export function beginResend(
  ledger: Ledger,
  request: ResendRequest,
  nowMs: number,
): Step<ResendReservation> {
  const next = endOverdueLeases(ledger, nowMs);
  const verification = findVerification(next, request.id);
  if (verification === undefined) return { outcome: { kind: "not_found" }, next };
  const caller = callerOf(next, verification);
  const refusal = resendRefusal(next, verification, caller, request, nowMs);
  if (refusal !== undefined) return { outcome: refusal, next };

  const { channel, lastSendAtMs, code: name } = verification;
  const isKnown = standingIn(next, caller, verification.session) === "known";
  const chosen = chooseAndLease(next, verification, caller, request, nowMs);
  if (chosen.kind !== "code") return { outcome: chosen, next };
  verification.caller = caller;
  verification.channel = request.channel ?? channel;
  // The caller has the id, so the first send was reported as sent.
  verification.start = "sent";
  const { send: id, limits } = request;
  recordSend(
    next,
    verification,
    { id, limits, before: { channel, lastSendAtMs, code: name } },
    nowMs,
  );
  const { sealedNumber, sealedApp, locale } = verification;
  const outcome: ResendReservation = {
    kind: "send",
    view: viewOf(next, verification, nowMs),
    sealedNumber,
    code: sentCode(codeOf(next, verification)),
    sendNumber: verification.sends,
    isKnown,
    ...(sealedApp !== undefined && { sealedApp }),
    ...(locale !== undefined && { locale }),
    ...(verification.isHidden && { isHidden: verification.isHidden }),
    ...(chosen.cancelFirst && { cancelFirst: chosen.cancelFirst }),
  };
  return { outcome, next };
}

/** A device that is no longer spared counts as a stranger. The holder of a session stays known. */
function callerOf(ledger: Ledger, { caller, session, device }: Verification): CallerRef {
  const dependsOnDevice = caller === "known" && session === undefined && device !== undefined;
  return dependsOnDevice && !isSpared(ledger, device) ? "anonymous" : caller;
}

/** Returns why the code cannot be sent again now, or undefined. The line is judged last. */
function resendRefusal(
  ledger: Ledger,
  verification: Verification,
  caller: CallerRef,
  { channel = standardChannel, limits }: ResendRequest,
  nowMs: number,
): ResendRefusal | undefined {
  const { ended } = verification;
  const code = codeOf(ledger, verification);
  const isShared = code.engine === "verify";
  const status = statusOf(ledger, verification, nowMs);
  const isRunning = ended === undefined && nowMs < code.expiresAtMs;
  const isRenewable = isRunning && isShared && mayRenew(code, caller);
  if (status !== "pending" && !isRenewable) return { kind: "ended", status };
  if (!isRenewable && code.expiresAtMs - nowMs < lastSendMs)
    return { kind: "ended", status: "expired" };
  const isOurText = !isShared && verification.testUntilMs === undefined;
  if (isOurText && !isSentBy("messaging", channel)) return { kind: "text_only" };
  const cooldownMs = resendAtMs(verification) - nowMs;
  if (cooldownMs > 0) return { kind: "cooldown", retryAfterMs: cooldownMs };
  const refusal = sendLimitRefusal(ledger, caller, limits, nowMs);
  return refusal ?? (isShared ? busyLine(ledger, code.service, classOf(caller)) : undefined);
}

/** Chooses the code of the send for the verification. With Twilio Verify it also takes the line. */
function chooseAndLease(
  ledger: Ledger,
  verification: Verification,
  caller: CallerRef,
  { id, send }: ResendRequest,
  nowMs: number,
): Choice {
  const code = codeOf(ledger, verification);
  if (code.engine === "messaging") return { kind: "code", code: verification.code };
  const { service, binding } = code;
  const plan = { engine: "verify", service, lifetimeMs: verificationLifetimeMs } as const;
  const bound = binding === undefined ? plan : { ...plan, binding };
  const chosen = chooseCode(ledger, bound, send, caller, nowMs);
  if (chosen.kind !== "code") return chosen;
  verification.code = chosen.code;
  leaseForSend(ledger, service, { name: send, verification: id }, chosen, nowMs);
  return chosen;
}

function sentCode(code: Code): SentCode {
  if (code.engine === "messaging") return { protected: code.protected };
  const { service, binding } = code;
  return { service, ...(binding !== undefined && { binding }) };
}
