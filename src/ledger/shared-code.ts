import { verificationLifetimeMs } from "../twilio/verify.ts";
import { allSends, classOf } from "./accounts.ts";
import type { CallerRef, Code, Ledger, OwnCode, Verification } from "./state.ts";
import {
  attemptsRemaining,
  codeOf,
  end,
  handlesOn,
  lastSendMs,
  maxAttempts,
  maxSendsOfSharedCode,
} from "./view.ts";

/** Longer than any of our time-outs: a send not heard of by then counts as sent. */
export const reservationMs = 30_000;

/** How the code will be made: Twilio's own for a service, or one of ours. */
export type CodePlan =
  | {
      readonly engine: "verify";
      readonly service: string;
      readonly lifetimeMs: number;
      /** Who starts with another binding gets another code. */
      readonly binding?: string;
    }
  | { readonly engine: "messaging"; readonly own: OwnCode; readonly lifetimeMs: number };

/** The number's window, lock or used-up code: one answer, so that a stranger learns nothing. */
export interface NumberRefusal {
  readonly kind: "number_refused";
  readonly retryAfterMs: number;
}

/** One verification at Twilio. By its sid alone: a number would stand in the URL. */
export interface Cancelable {
  readonly service: string;
  readonly reference: string;
}

export type Room =
  | { readonly kind: "room"; readonly code: string; readonly renewed?: { cancelFirst: Cancelable } }
  | NumberRefusal;

/** The code that the send will carry: the service's live one, a new one, or none to be had. */
export function makeRoom(
  ledger: Ledger,
  id: string,
  plan: CodePlan,
  caller: CallerRef,
  nowMs: number,
): Room {
  if (plan.engine === "messaging") {
    const { engine, own, lifetimeMs } = plan;
    ledger.codes[id] = { engine, own, expiresAtMs: nowMs + lifetimeMs, attempts: [], sends: {} };
    return { kind: "room", code: id };
  }
  const { service } = plan;
  const onItsWayMs = othersOnTheirWayMs(ledger, plan, nowMs);
  if (onItsWayMs > 0) return { kind: "number_refused", retryAfterMs: onItsWayMs };
  const liveId = ledger.live[service];
  const live = liveId === undefined ? undefined : ledger.codes[liveId];
  if (liveId === undefined || live === undefined || nowMs >= live.expiresAtMs)
    return { kind: "room", code: openShared(ledger, id, plan, nowMs) };
  const leftMs = live.expiresAtMs - nowMs;
  const isOther = live.binding !== plan.binding;
  const isJoinable = !isOther && leftMs >= lastSendMs && mayStandOn(live, caller);
  if (isJoinable) {
    // Somebody stands on it again.
    delete live.dying;
    const cancelFirst = unheardCancel(ledger, live, nowMs);
    return { kind: "room", code: liveId, ...(cancelFirst && { renewed: { cancelFirst } }) };
  }
  if (live.dying === undefined && !isOther && !isRenewable(live, caller))
    return { kind: "number_refused", retryAfterMs: leftMs };
  const cancelFirst = cancelable(live);
  if (cancelFirst === undefined)
    return { kind: "number_refused", retryAfterMs: unnamedWaitMs(ledger, liveId, leftMs, nowMs) };
  const code = openShared(ledger, id, plan, nowMs, liveId);
  return { kind: "room", code, renewed: { cancelFirst } };
}

/**
 * Whether one more may send this code. As long as Twilio's sid is not known the code cannot be
 * canceled; but whoever sends it learns the sid. So one whose last handle was canceled may be stood
 * on again, and one whose sends others have used up is sent all the same: Twilio counts as well.
 */
function mayStandOn(live: Code, caller: CallerRef): boolean {
  if (live.reference !== undefined) return !isUsedUp(live) && live.dying === undefined;
  if (attemptsRemaining(live) === 0) return false;
  return !isUsedUp(live) || isRenewable(live, caller);
}

/**
 * Until no send for another transaction can be on its way to Twilio, which would carry whatever code
 * is live when it arrives there.
 */
function othersOnTheirWayMs(
  ledger: Ledger,
  { service, binding }: Extract<CodePlan, { engine: "verify" }>,
  nowMs: number,
): number {
  const isOther = (code: Code | undefined) => code?.service === service && code.binding !== binding;
  const untilMs = allSends(ledger)
    .filter(({ code }) => code !== undefined && isOther(ledger.codes[code]))
    .map(({ reservedUntilMs = 0 }) => reservedUntilMs - nowMs);
  return Math.max(0, ...untilMs);
}

/** Until a start that is on its way can tell the sid; else until the code's end. */
function unnamedWaitMs(ledger: Ledger, name: string, leftMs: number, nowMs: number): number {
  const heardOfMs = handlesOn(ledger, name)
    .filter(({ start }) => start === "reserved")
    .map(({ createdAtMs }) => createdAtMs + reservationMs - nowMs);
  return Math.min(leftMs, ...heardOfMs.filter((waitMs) => waitMs > 0));
}

/** The code in whose place this one was opened, if whoever did so may have died before its cancel. */
function unheardCancel(ledger: Ledger, live: Code, nowMs: number): Cancelable | undefined {
  const renewed = live.renews === undefined ? undefined : ledger.codes[live.renews];
  if (live.reference !== undefined || renewed === undefined) return undefined;
  return nowMs < renewed.expiresAtMs ? cancelable(renewed) : undefined;
}

function openShared(
  ledger: Ledger,
  id: string,
  plan: Extract<CodePlan, { engine: "verify" }>,
  nowMs: number,
  renews?: string,
): string {
  // A verification whose code was renewed stands on a second one of its own.
  const name = ledger.codes[id] === undefined ? id : `${id}.${nowMs}`;
  const { engine, service, lifetimeMs, binding } = plan;
  ledger.codes[name] = {
    engine,
    service,
    ...(binding !== undefined && { binding }),
    expiresAtMs: nowMs + lifetimeMs,
    attempts: [],
    sends: {},
    ...(renews !== undefined && { renews }),
  };
  ledger.live[service] = name;
  return name;
}

const totalSends = (code: Code): number =>
  Object.values(code.sends).reduce((sum, count) => sum + count, 0);

const isUsedUp = (code: Code): boolean =>
  code.engine === "verify" &&
  (attemptsRemaining(code) === 0 || totalSends(code) >= maxSendsOfSharedCode);

/**
 * Whether others, and not this caller's account alone, have used it up. Anonymous callers never may: they have
 * to end it first (DELETE), which only those can who hold its ids.
 */
export function isRenewable(code: Code, caller: CallerRef): boolean {
  if (classOf(caller) === "anonymous" || !isUsedUp(code)) return false;
  const ownAttempts = code.attempts.filter((attempt) => attempt.caller === caller).length;
  return ownAttempts < maxAttempts && (code.sends[caller] ?? 0) < maxSendsOfSharedCode;
}

/** On a live code stands somebody, or the next start cancels it first. */
export function noteDying(ledger: Ledger, service: string | undefined): void {
  const name = service === undefined ? undefined : ledger.live[service];
  const code = name === undefined ? undefined : ledger.codes[name];
  if (name === undefined || code?.reference === undefined) return;
  if (handlesOn(ledger, name).some(({ ended }) => ended === undefined)) delete code.dying;
  else code.dying = true;
}

export function moveToOwnCode(
  ledger: Ledger,
  id: string,
  verification: Verification,
  own: OwnCode,
  expiresAtMs: number,
): void {
  const name = `${id}.own`;
  const shared = verification.code;
  const code = codeOf(ledger, verification);
  takeBackSend(code, verification.caller);
  // Another channel to the same phone gives no new guesses.
  const tried = code.attempts.filter((attempt) => attempt.verification === id).length;
  const carried = (code.carried ?? 0) + tried;
  ledger.codes[name] = { engine: "messaging", own, expiresAtMs, attempts: [], sends: {}, carried };
  verification.code = name;
  dropUntouched(ledger, shared);
}

/** Twilio was asked for the new code, and has canceled the one in whose place it stands before. */
export function endRenewed(ledger: Ledger, { renews }: Code, nowMs: number): void {
  if (renews === undefined) return;
  for (const handle of handlesOn(ledger, renews)) end(handle, "canceled", nowMs);
}

/** The send for which the verification was moved to a new code has failed: all stands as before. */
export function leaveRenewed(ledger: Ledger, verification: Verification): void {
  const { code: name } = verification;
  const { renews } = codeOf(ledger, verification);
  if (renews === undefined || ledger.codes[renews] === undefined) return;
  const isAlone = handlesOn(ledger, name).length === 1;
  if (!isAlone || !isUntouched(codeOf(ledger, verification))) return;
  verification.code = renews;
  dropUntouched(ledger, name);
}

/**
 * Forgets a code on which nobody stands and of which Twilio has never heard. The one that it was to
 * replace is live again, so that the next caller cancels it.
 */
export function dropUntouched(ledger: Ledger, name: string): void {
  const code = ledger.codes[name];
  if (code === undefined || !isUntouched(code) || handlesOn(ledger, name).length > 0) return;
  const { service, renews } = code;
  const wasLive = service !== undefined && ledger.live[service] === name;
  forgetLive(ledger, name);
  delete ledger.codes[name];
  if (!wasLive || renews === undefined || ledger.codes[renews] === undefined) return;
  ledger.live[service] = renews;
  // Whoever stood on it may have ended meanwhile.
  noteDying(ledger, service);
}

export function takeBackSend(code: Code, caller: CallerRef): void {
  code.sends[caller] = Math.max(0, (code.sends[caller] ?? 0) - 1);
}

const isUntouched = (code: Code): boolean => code.attempts.length === 0 && totalSends(code) === 0;

export function isLive(ledger: Ledger, name: string): boolean {
  return Object.values(ledger.live).includes(name);
}

export function forgetLive(ledger: Ledger, code: string): void {
  for (const [service, id] of Object.entries(ledger.live))
    if (id === code) delete ledger.live[service];
}

export function cancelable({ service, reference }: Code): Cancelable | undefined {
  return service === undefined || reference === undefined ? undefined : { service, reference };
}

/** Which of Twilio's codes a send is to carry. */
export interface SharedCode {
  readonly service: string;
  /** The transaction that it confirms, as a hash. */
  readonly binding?: string;
}

export function sharedCode({
  service = "",
  binding,
}: Pick<Code, "service" | "binding">): SharedCode {
  return { service, ...(binding !== undefined && { binding }) };
}

export function planOf(code: Code): CodePlan {
  const { service, own, binding } = code;
  if (service === undefined && own !== undefined)
    return { engine: "messaging", own, lifetimeMs: 0 };
  return {
    engine: "verify",
    service: service ?? "",
    lifetimeMs: sharedLifetimeMs,
    ...(binding !== undefined && { binding }),
  };
}

export const sharedLifetimeMs = verificationLifetimeMs;
