import type { Channel } from "../contract/channels.ts";
import type { CallerClass, Purpose } from "../contract/words.ts";
import type { PhoneLine } from "../twilio/lookup.ts";
import type { Limit } from "../lib/env-reader.ts";
import { exemptionsOf, type Standing } from "../guard/standing.ts";
import { classOf } from "./accounts.ts";
import { acceptedDevice, isSpared, standingIn, type DeviceClaim } from "./known-devices.ts";
import { busyLine, type Busy } from "./lease.ts";
import { knownPhoneLine } from "./phone-line.ts";
import { endOverdueLeases } from "./overdue-leases.ts";
import { repeatedStart, type RepeatedStart } from "./repeated-start.ts";
import { sendLimitRefusal, recordSend } from "./sends.ts";
import {
  chooseCode,
  leaseForSend,
  type Cancelable,
  type Choice,
  type NumberRefusal,
  type SharedPlan,
} from "./choose-code.ts";
import type { ProtectedCode } from "./code-state.ts";
import type { CallerRef, Ledger, Step, Verification } from "./state.ts";
import { viewOf, type LedgerView } from "./view.ts";

/** How the code is made: by Twilio for a service, or by ourselves. */
export type CodePlan =
  | SharedPlan
  | {
      readonly engine: "messaging";
      readonly protected: ProtectedCode;
      readonly lifetimeMs: number;
    };

export interface LedgerStart {
  /** The random part of the new verification's id. */
  readonly id: string;
  /** The random name of the first send, and of the lease of its conversation. */
  readonly send: string;
  readonly caller: CallerRef;
  /** A captcha is required and missing, so only a known caller may send. */
  readonly lacksCaptcha?: boolean;
  /** The device tokens of this number. A spared device makes a stranger a known caller. */
  readonly devices?: readonly DeviceClaim[];
  readonly purpose: Purpose;
  readonly channel: Channel;
  readonly sealedNumber: string;
  readonly sealedApp?: string;
  readonly sealedEvent?: string;
  /** No code is sent, and each entered code is wrong. */
  readonly isHidden?: boolean;
  /** Purpose `sign_in`: the subject that a right code signs in. */
  readonly subject?: NonNullable<Verification["subject"]>;
  readonly session?: string;
  readonly locale?: string;
  readonly plan: CodePlan;
  readonly limits: readonly Limit[];
  readonly idempotency?: { readonly key: string; readonly body: string };
  /** Set for a test number: the end of its entry. */
  readonly testUntilMs?: number;
}

export type StartReservation =
  | { readonly kind: "captcha_required" }
  | {
      readonly kind: "send";
      readonly view: LedgerView;
      /** The verification to cancel at Twilio before the send. */
      readonly cancelFirst?: Cancelable;
      /** The guard treats the caller as known. */
      readonly isKnown: boolean;
      /** Twilio Lookup's stored answer about the phone line, if any. */
      readonly phoneLine: PhoneLine | undefined;
    }
  | RepeatedStart
  | NumberRefusal
  | Busy;

/** Reserves one send for a new verification, and takes the line. A refusal leaves nothing stored. */
export function beginStart(
  ledger: Ledger,
  request: LedgerStart,
  nowMs: number,
): Step<StartReservation> {
  const next = endOverdueLeases(ledger, nowMs);
  const { plan } = request;
  const repeated = repeatedStart(next, request, nowMs);
  if (repeated !== undefined) return { outcome: repeated, next };
  const { caller, device } = recognize(next, request, nowMs);
  const standing = standingIn(next, caller, request.session);
  const refusal =
    lackingCaptcha(standing, request) ??
    sendLimitRefusal(next, caller, request.limits, nowMs) ??
    (plan.engine === "verify" ? busyFor(next, plan.service, classOf(caller), request) : undefined);
  if (refusal !== undefined) return { outcome: refusal, next };

  const chosen = codeFor(next, request, caller, nowMs);
  if (chosen.kind !== "code") return { outcome: chosen, next };
  const { cancelFirst } = chosen;
  const { code } = chosen;
  const verification = newVerification(request, { caller, device, code }, nowMs);
  next.verifications[request.id] = verification;
  recordSend(next, verification, { id: request.send, limits: request.limits }, nowMs);
  const about = { name: request.send, verification: request.id };
  if (plan.engine === "verify") leaseForSend(next, plan.service, about, chosen, nowMs);
  const outcome: StartReservation = {
    kind: "send",
    view: viewOf(next, verification, nowMs),
    isKnown: standing === "known",
    phoneLine: knownPhoneLine(next, nowMs),
    ...(cancelFirst && { cancelFirst }),
  };
  return { outcome, next };
}

/**
 * Returns the caller that the ledger counts. An accepted device that is spared makes a stranger
 * known.
 */
function recognize(
  ledger: Ledger,
  { caller, devices = [] }: LedgerStart,
  nowMs: number,
): { caller: CallerRef; device: string | undefined } {
  if (classOf(caller) === "service") return { caller, device: undefined };
  const device = acceptedDevice(ledger, devices, nowMs);
  const isKnownDevice = device !== undefined && isSpared(ledger, device);
  return { caller: caller === "anonymous" && isKnownDevice ? "known" : caller, device };
}

function busyFor(
  ledger: Ledger,
  service: string,
  caller: CallerClass,
  { idempotency }: LedgerStart,
): Busy | undefined {
  const busy = busyLine(ledger, service, caller);
  return busy && { ...busy, ...(idempotency && { key: idempotency.key }) };
}

function lackingCaptcha(
  standing: Standing,
  { lacksCaptcha }: LedgerStart,
): StartReservation | undefined {
  const isAsked = exemptionsOf(standing).captcha === "asked";
  return lacksCaptcha === true && isAsked ? { kind: "captcha_required" } : undefined;
}

/** Makes a new code. With Twilio Verify the send may use the live code instead. */
function codeFor(
  ledger: Ledger,
  { id, send, plan }: LedgerStart,
  caller: CallerRef,
  nowMs: number,
): Choice {
  if (plan.engine === "messaging") {
    const { engine, lifetimeMs } = plan;
    ledger.codes[id] = {
      engine,
      protected: plan.protected,
      expiresAtMs: nowMs + lifetimeMs,
      used: {},
    };
    return { kind: "code", code: id };
  }
  return chooseCode(ledger, plan, send, caller, nowMs);
}

function newVerification(
  request: LedgerStart,
  { device, ...counted }: { caller: CallerRef; device: string | undefined; code: string },
  nowMs: number,
): Verification {
  const { purpose, channel, sealedNumber, sealedApp, sealedEvent, subject, isHidden } = request;
  const { session, locale, idempotency, testUntilMs } = request;
  return {
    ...counted,
    purpose,
    channel,
    sealedNumber,
    createdAtMs: nowMs,
    sends: 0,
    lastSendAtMs: nowMs,
    start: "reserved",
    ...(sealedApp !== undefined && { sealedApp }),
    ...(sealedEvent !== undefined && { sealedEvent }),
    ...(isHidden === true && { isHidden }),
    ...(subject && { subject }),
    ...(session !== undefined && { session }),
    ...(locale !== undefined && { locale }),
    ...(device !== undefined && { device }),
    ...(idempotency && { idempotency }),
    ...(testUntilMs !== undefined && { testUntilMs }),
  };
}
