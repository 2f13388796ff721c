import type { Limit } from "../lib/env-reader.ts";
import { newCaller } from "./caller-limits.ts";
import type { Ledger, Send, Verification } from "./state.ts";
import { codeOf } from "./view.ts";
import { reservationMs } from "./shared-code.ts";

/** Counts a send from its reservation on: for its caller, its code and its verification. */
export function recordSend(
  ledger: Ledger,
  verification: Verification,
  id: string,
  limits: readonly Limit[],
  nowMs: number,
): void {
  const caller = (ledger.callers[verification.caller] ??= newCaller());
  const longestMs = Math.max(0, ...limits.map(({ seconds }) => seconds)) * 1000;
  const countsUntilMs = nowMs + longestMs;
  const reservedUntilMs = nowMs + reservationMs;
  const send: Send = { id, atMs: nowMs, code: verification.code, reservedUntilMs, countsUntilMs };
  caller.sends = [...caller.sends.filter((known) => nowMs < known.countsUntilMs), send];
  const code = codeOf(ledger, verification);
  code.sends[verification.caller] = (code.sends[verification.caller] ?? 0) + 1;
  verification.sends += 1;
  verification.lastSendAtMs = nowMs;
}
