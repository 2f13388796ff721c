import type { Limit } from "../lib/env-reader.ts";
import { accountOf, replaceSends } from "./accounts.ts";
import { countDeviceSend, sparedBy } from "./known-devices.ts";
import type { Ledger, Send, Verification } from "./state.ts";
import { codeOf } from "./view.ts";
import { reservationMs } from "./shared-code.ts";

/** Counts a send from its reservation on: for its caller, its device, its code and its verification. */
export function recordSend(
  ledger: Ledger,
  verification: Verification,
  id: string,
  limits: readonly Limit[],
  nowMs: number,
): void {
  const { caller } = verification;
  const longestMs = Math.max(0, ...limits.map(({ seconds }) => seconds)) * 1000;
  const countsUntilMs = nowMs + longestMs;
  const reservedUntilMs = nowMs + reservationMs;
  const send: Send = { id, atMs: nowMs, code: verification.code, reservedUntilMs, countsUntilMs };
  const counted = accountOf(ledger, caller).sends.filter((known) => nowMs < known.countsUntilMs);
  replaceSends(ledger, caller, [...counted, send]);
  const spared = sparedBy(verification);
  if (spared !== undefined) countDeviceSend(ledger, spared, id, nowMs);
  const code = codeOf(ledger, verification);
  code.sends[caller] = (code.sends[caller] ?? 0) + 1;
  verification.sends += 1;
  verification.lastSendAtMs = nowMs;
}
