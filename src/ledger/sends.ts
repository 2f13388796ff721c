import type { Limit } from "../lib/env-reader.ts";
import { accountOf, replaceSends, waitToCheckMs, waitToSendMs } from "./accounts.ts";
import { countDeviceSend, sparedBy, takeBackDeviceSend } from "./known-devices.ts";
import { leaseMs } from "./lease.ts";
import type { NumberRefusal } from "./choose-code.ts";
import type { Code, Used } from "./code-state.ts";
import type { CallerRef, Ledger, Reserved, Verification } from "./state.ts";
import { codeOf } from "./view.ts";

/** Returns the refusal if a limit or a lock of the caller allows no send now, otherwise undefined. */
export function sendLimitRefusal(
  ledger: Ledger,
  caller: CallerRef,
  limits: readonly Limit[],
  nowMs: number,
): NumberRefusal | undefined {
  const waitMs = waitToSendMs(ledger, caller, limits, nowMs);
  if (waitMs === 0) return undefined;
  const isLock = waitToCheckMs(ledger, caller, nowMs) === waitMs;
  const by = isLock ? "number:lock" : "number:window";
  return { kind: "number_refused", retryAfterMs: waitMs, by };
}

/** Counts a reserved send for its caller, device, code and verification. Changes `ledger`. */
export function recordSend(
  ledger: Ledger,
  verification: Verification,
  send: {
    readonly id: string;
    readonly limits: readonly Limit[];
    /** What is restored if the send is refused. Absent for a start. */
    readonly before?: Reserved["before"];
  },
  nowMs: number,
): void {
  const { caller } = verification;
  const longestMs = Math.max(0, ...send.limits.map(({ seconds }) => seconds)) * 1000;
  const countsUntilMs = nowMs + longestMs;
  const reserved = { untilMs: nowMs + leaseMs, ...(send.before && { before: send.before }) };
  const counted = accountOf(ledger, caller).sends.filter((known) => nowMs < known.countsUntilMs);
  const made = { id: send.id, atMs: nowMs, countsUntilMs, reserved };
  replaceSends(ledger, caller, [...counted, made]);
  const spared = sparedBy(verification);
  if (spared !== undefined) countDeviceSend(ledger, spared, send.id, nowMs);
  usedBy(codeOf(ledger, verification), caller).sends += 1;
  verification.sends += 1;
  verification.lastSendAtMs = nowMs;
}

/** Removes the reservation of a settled send. Returns it unless it has expired. Changes `ledger`. */
export function takeReservation(
  ledger: Ledger,
  caller: CallerRef,
  id: string,
  nowMs: number,
): Reserved | undefined {
  const send = accountOf(ledger, caller).sends.find((known) => known.id === id);
  const { reserved } = send ?? {};
  if (send === undefined || reserved === undefined) return undefined;
  delete send.reserved;
  return nowMs < reserved.untilMs ? reserved : undefined;
}

/** Gives a refused send back to its caller, device, code and verification. Changes `ledger`. */
export function returnSend(
  ledger: Ledger,
  verification: Verification,
  id: string,
  before: Reserved["before"],
): void {
  const { caller } = verification;
  const others = accountOf(ledger, caller).sends.filter((send) => send.id !== id);
  replaceSends(ledger, caller, others);
  const spared = sparedBy(verification);
  if (spared !== undefined) takeBackDeviceSend(ledger, spared, id);
  takeBackSend(codeOf(ledger, verification), caller);
  verification.sends -= 1;
  if (before !== undefined) Object.assign(verification, before);
}

/** Subtracts one send of the caller from the code. Changes `code`. */
export function takeBackSend(code: Code, caller: CallerRef): void {
  const used = usedBy(code, caller);
  used.sends = Math.max(0, used.sends - 1);
}

/** Returns the caller's sends and attempts of this code, and creates the entry if it is missing. */
export function usedBy(code: Code, caller: CallerRef): Used {
  return (code.used[caller] ??= { sends: 0, attempts: 0 });
}
