import { pruneDevices } from "./known-devices.ts";
import { failOverdueAttempts } from "./overdue-attempts.ts";
import { pruneAccounts } from "./accounts.ts";
import type { Ledger, Step } from "./state.ts";
import { outstandingOf } from "./view.ts";

const readableAfterEndMs = 24 * 60 * 60 * 1000;

/** Deletes what is over, and says when there is more to delete; undefined when all is gone. */
export function prune(ledger: Ledger, nowMs: number): Step<number | undefined> {
  const next = failOverdueAttempts(ledger, nowMs);
  const due: number[] = [];
  for (const [id, verification] of Object.entries(next.verifications)) {
    const code = next.codes[verification.code];
    const overAtMs = Math.max(
      verification.ended?.atMs ?? 0,
      verification.ended === undefined ? (code?.expiresAtMs ?? 0) : 0,
    );
    if (nowMs >= overAtMs + readableAfterEndMs) delete next.verifications[id];
    else due.push(overAtMs + readableAfterEndMs);
  }
  const used = new Set(Object.values(next.verifications).map(({ code }) => code));
  for (const [id, code] of Object.entries(next.codes)) {
    if (used.has(id)) continue;
    // Its guesses and its attempts are counted as long as anybody may come back to it.
    const overAtMs = Math.max(
      code.expiresAtMs,
      ...outstandingOf(code).map((one) => one.deadlineMs),
    );
    if (nowMs >= overAtMs) delete next.codes[id];
    else due.push(overAtMs);
  }
  for (const [service, id] of Object.entries(next.live))
    if (next.codes[id] === undefined) delete next.live[service];
  if (next.verified !== undefined) {
    if (nowMs >= next.verified.untilMs) delete next.verified;
    else due.push(next.verified.untilMs);
  }
  if (next.line !== undefined) {
    if (nowMs >= next.line.untilMs) delete next.line;
    else due.push(next.line.untilMs);
  }
  if (next.devices !== undefined) {
    if (nowMs >= next.devices.untilMs) delete next.devices;
    else due.push(...pruneDevices(next.devices, nowMs));
  }
  due.push(...pruneAccounts(next, nowMs));
  return { outcome: due.length > 0 ? Math.min(...due) : undefined, next };
}
