import type { Channel, Purpose } from "../contract.ts";
import type { Limit } from "../lib/env-reader.ts";
import type { Line } from "../twilio/lookup.ts";
import { accountOf, classOf, replaceSends, waitToSendMs } from "./accounts.ts";
import {
  believedDevice,
  isSpared,
  sparedBy,
  takeBackDeviceSend,
  type DeviceClaim,
} from "./known-devices.ts";
import { rememberedLine } from "./line.ts";
import type { CallerRef, Ledger, OwnCode, Step, Verification } from "./state.ts";
import { repeatedStart, type RepeatedStart } from "./repeated-start.ts";
import { recordSend } from "./sends.ts";
import {
  codeOf,
  end,
  find,
  lastSendMs,
  resendAtMs,
  statusOf,
  viewOf,
  type LedgerView,
  type NotPending,
} from "./view.ts";
import { failOverdueAttempts } from "./overdue-attempts.ts";
import { confirmCode } from "./confirm-code.ts";
import {
  dropUntouched,
  endRenewed,
  isRenewable,
  leaveRenewed,
  makeRoom,
  moveToOwnCode,
  planOf,
  sharedCode,
  takeBackSend,
  type Cancelable,
  type CodePlan,
  type NumberRefusal,
  type SharedCode,
} from "./shared-code.ts";

export interface StartRequest {
  /** The random part of the new verification's id, and the name of its first send. */
  readonly id: string;
  readonly send: string;
  readonly caller: CallerRef;
  /** A captcha was asked for and not shown: only a known caller may pass. */
  readonly lacksCaptcha?: boolean;
  /** The device tokens that fit the number: one of a spared device makes a stranger a known caller. */
  readonly devices?: readonly DeviceClaim[];
  readonly purpose: Purpose;
  readonly channel: Channel;
  readonly sealedNumber: string;
  readonly sealedApp?: string;
  readonly session?: string;
  readonly locale?: string;
  readonly plan: CodePlan;
  readonly limits: readonly Limit[];
  readonly idempotency?: { readonly key: string; readonly body: string };
}

export type StartReservation =
  /** Nothing was reserved. */
  | { readonly kind: "captcha_required" }
  /** `cancelFirst`: Twilio's verification that others have used up. */
  | {
      readonly kind: "send";
      readonly view: LedgerView;
      readonly cancelFirst?: Cancelable;
      /** The caller is spared what strangers are asked for. */
      readonly isKnown: boolean;
      /** What Twilio Lookup has said of the line before. */
      readonly line: Line | undefined;
    }
  | RepeatedStart
  | NumberRefusal;

/** Reserves one send for a new verification. Refusals leave nothing behind. */
export function reserveStart(
  ledger: Ledger,
  request: StartRequest,
  nowMs: number,
): Step<StartReservation> {
  const next = failOverdueAttempts(ledger, nowMs);
  const repeated = repeatedStart(next, request, nowMs);
  if (repeated !== undefined) return { outcome: repeated, next };
  const device =
    classOf(request.caller) === "service"
      ? undefined
      : believedDevice(next, request.devices ?? [], nowMs);
  const hasDevice = device !== undefined && isSpared(next, device);
  const caller = request.caller === "anonymous" && hasDevice ? "known" : request.caller;
  const isKnown = isSparedCaller(next, caller, request);
  if (request.lacksCaptcha === true && classOf(caller) !== "service" && !isKnown)
    return { outcome: { kind: "captcha_required" }, next };
  const waitMs = waitToSendMs(next, caller, request.limits, nowMs);
  if (waitMs > 0) return { outcome: { kind: "number_refused", retryAfterMs: waitMs }, next };
  const room = makeRoom(next, request.id, request.plan, caller, nowMs);
  if (room.kind !== "room") return { outcome: room, next };
  const { code } = room;
  const verification: Verification = {
    purpose: request.purpose,
    caller,
    channel: request.channel,
    code,
    sealedNumber: request.sealedNumber,
    createdAtMs: nowMs,
    sends: 0,
    lastSendAtMs: nowMs,
    start: "reserved",
    ...(request.sealedApp !== undefined && { sealedApp: request.sealedApp }),
    ...(request.session !== undefined && { session: request.session }),
    ...(request.locale !== undefined && { locale: request.locale }),
    ...(device !== undefined && { device }),
    ...(request.idempotency && { idempotency: request.idempotency }),
  };
  next.verifications[request.id] = verification;
  recordSend(next, verification, request.send, request.limits, nowMs);
  const view = viewOf(verification, codeOf(next, verification), nowMs);
  const line = rememberedLine(next, nowMs);
  return { outcome: { kind: "send", view, isKnown, line, ...room.renewed }, next };
}

export interface ResendRequest {
  readonly id: string;
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
      readonly code: SharedCode | { readonly own: OwnCode };
      /** The caller is spared what strangers are asked for. */
      readonly isKnown: boolean;
      /** Which send of the verification it is, counted from 1. */
      readonly sendNumber: number;
      readonly previous: PreviousSend;
      readonly cancelFirst?: Cancelable;
    }
  | { readonly kind: "cooldown"; readonly retryAfterMs: number }
  /** The code is one of ours, and only a text can carry it. */
  | { readonly kind: "text_only" }
  | NotPending
  | NumberRefusal;

/** What a resend that was refused puts back. */
export interface PreviousSend {
  readonly channel: Channel;
  readonly lastSendAtMs: number;
}

/** Reserves one more send of the same code. */
export function reserveResend(
  ledger: Ledger,
  request: ResendRequest,
  nowMs: number,
): Step<ResendReservation> {
  const next = failOverdueAttempts(ledger, nowMs);
  const found = find(next, request.id);
  if (found === undefined) return { outcome: { kind: "not_found" }, next };
  const { verification, code } = found;
  const status = statusOf(verification, code, nowMs);
  const isRunning = verification.ended === undefined && nowMs < code.expiresAtMs;
  const caller = resendCaller(next, verification);
  const mayRenew = isRunning && isRenewable(code, caller);
  if (status !== "pending" && !(status === "exhausted" && mayRenew))
    return { outcome: { kind: "ended", status }, next };
  if (!mayRenew && code.expiresAtMs - nowMs < lastSendMs)
    return { outcome: { kind: "ended", status: "expired" }, next };
  if (code.own !== undefined && (request.channel ?? "sms") !== "sms")
    return { outcome: { kind: "text_only" }, next };
  const cooldownMs = resendAtMs(verification) - nowMs;
  if (cooldownMs > 0) return { outcome: { kind: "cooldown", retryAfterMs: cooldownMs }, next };
  const waitMs = waitToSendMs(next, caller, request.limits, nowMs);
  if (waitMs > 0) return { outcome: { kind: "number_refused", retryAfterMs: waitMs }, next };
  const plan = planOf(code);
  const room =
    plan.engine === "verify"
      ? makeRoom(next, request.id, plan, caller, nowMs)
      : { kind: "room" as const, code: verification.code };
  if (room.kind !== "room") return { outcome: room, next };
  const previous = { channel: verification.channel, lastSendAtMs: verification.lastSendAtMs };
  const isKnown = isSparedCaller(next, caller, verification);
  verification.caller = caller;
  verification.code = room.code;
  verification.channel = request.channel ?? verification.channel;
  // Who holds the id was told that the first one was sent.
  verification.start = "sent";
  recordSend(next, verification, request.send, request.limits, nowMs);
  const used = codeOf(next, verification);
  const outcome: ResendReservation = {
    kind: "send",
    view: viewOf(verification, used, nowMs),
    sealedNumber: verification.sealedNumber,
    code: used.own === undefined ? sharedCode(used) : { own: used.own },
    sendNumber: verification.sends,
    isKnown,
    previous,
    ...(verification.sealedApp !== undefined && { sealedApp: verification.sealedApp }),
    ...(verification.locale !== undefined && { locale: verification.locale }),
    ...("renewed" in room && room.renewed),
  };
  return { outcome, next };
}

export type SendResult =
  | {
      readonly kind: "sent";
      readonly expiresAtMs: number;
      /** Twilio's sid, engine `verify`. */
      readonly reference?: string;
      /** Set when engine `messaging` took over: from now on the verification stands on this code. */
      readonly fallback?: OwnCode;
    }
  /** Nothing was sent: the reservation is given back, once, and only until its deadline. */
  | { readonly kind: "refused"; readonly previous?: PreviousSend }
  /** It may have been sent: nothing is given back. */
  | { readonly kind: "unknown" };

/** Writes down what became of a reserved send. */
export function settleSend(
  ledger: Ledger,
  settled: { readonly id: string; readonly send: string; readonly result: SendResult },
  nowMs: number,
): Step<LedgerView | undefined> {
  const next = structuredClone(ledger);
  const found = find(next, settled.id);
  if (found === undefined) return { outcome: undefined, next };
  const { verification, code } = found;
  const { result } = settled;
  const { sends } = accountOf(next, verification.caller);
  const send = sends.find(({ id }) => id === settled.send);
  // Said twice: the first answer was lost on its way.
  if (send !== undefined && send.reservedUntilMs === undefined)
    return { outcome: viewOf(verification, code, nowMs), next };
  const mayReturn = nowMs < (send?.reservedUntilMs ?? 0);
  if (send !== undefined) delete send.reservedUntilMs;
  if (result.kind === "refused" && mayReturn) {
    const others = sends.filter(({ id }) => id !== settled.send);
    replaceSends(next, verification.caller, others);
    takeBackSend(code, verification.caller);
    const spared = sparedBy(verification);
    if (spared !== undefined) takeBackDeviceSend(next, spared, settled.send);
    giveBack(next, settled.id, verification, result.previous);
    return { outcome: undefined, next };
  }
  endRenewed(next, code, nowMs);
  if (verification.start === "reserved")
    verification.start = result.kind === "sent" ? "sent" : "unknown";
  if (result.kind !== "sent") {
    // Nobody was given the id of a start whose answer was lost.
    if (verification.start === "unknown") end(verification, "canceled", nowMs);
    return { outcome: undefined, next };
  }
  if (result.fallback !== undefined)
    moveToOwnCode(next, settled.id, verification, result.fallback, result.expiresAtMs);
  confirmCode(next, settled.id, verification, result, nowMs);
  return { outcome: viewOf(verification, codeOf(next, verification), nowMs), next };
}

/** The holder of a device whose sparing is used up counts as a stranger; a session goes on being known. */
function resendCaller(ledger: Ledger, { caller, session, device }: Verification): CallerRef {
  const dependsOnDevice = caller === "known" && session === undefined && device !== undefined;
  return dependsOnDevice && !isSpared(ledger, device) ? "anonymous" : caller;
}

/** Whether the guard is to judge the caller as known. A session is spared as a device is. */
function isSparedCaller(
  ledger: Ledger,
  caller: CallerRef,
  { session }: { readonly session?: string },
): boolean {
  return caller === "known" && (session === undefined || isSpared(ledger, session));
}

function giveBack(
  ledger: Ledger,
  id: string,
  verification: Verification,
  previous: PreviousSend | undefined,
): void {
  if (previous !== undefined) {
    verification.sends -= 1;
    verification.lastSendAtMs = previous.lastSendAtMs;
    verification.channel = previous.channel;
    leaveRenewed(ledger, verification);
    return;
  }
  delete ledger.verifications[id];
  dropUntouched(ledger, verification.code);
}
