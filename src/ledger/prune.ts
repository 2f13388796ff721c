import { pruneAccounts } from "./accounts.ts";
import { pruneDevices } from "./known-devices.ts";
import { endOverdueLeases } from "./overdue-leases.ts";
import { pruneSubjects } from "./subjects.ts";
import type { Ledger, Step, Verification } from "./state.ts";

const readableAfterEndMs = 24 * 60 * 60 * 1000;

/**
 * Deletes expired entries. The outcome is the time of the next deletion in milliseconds since the epoch,
 * or undefined if the rest stays. Wrong codes stay until a right code or a reset.
 */
export function prune(ledger: Ledger, nowMs: number): Step<number | undefined> {
  const next = endOverdueLeases(ledger, nowMs);
  const due: number[] = [];
  /** Returns true if the time has passed. Otherwise it notes the time for the next prune. */
  const isOver = (untilMs: number): boolean => {
    if (nowMs < untilMs) due.push(untilMs);
    return nowMs >= untilMs;
  };

  for (const [id, verification] of Object.entries(next.verifications))
    if (isOver(overAtMs(next, verification) + readableAfterEndMs)) delete next.verifications[id];
  const held = new Set(Object.values(next.verifications).map(({ code }) => code));
  for (const line of Object.values(next.lines))
    if (line.code !== undefined && line.mayLiveUntilMs !== undefined)
      if (!isOver(line.mayLiveUntilMs)) held.add(line.code);
  for (const [name, code] of Object.entries(next.codes))
    if (!held.has(name) && isOver(code.expiresAtMs)) delete next.codes[name];
  for (const [service, { code, lease }] of Object.entries(next.lines)) {
    const isHolding = code !== undefined && next.codes[code] !== undefined;
    if (!isHolding && lease === undefined) delete next.lines[service];
  }
  if (next.verified !== undefined && isOver(next.verified.untilMs)) delete next.verified;
  due.push(...pruneSubjects(next, nowMs));
  if (next.phoneLine !== undefined && isOver(next.phoneLine.untilMs)) delete next.phoneLine;
  if (next.devices !== undefined && isOver(next.devices.untilMs)) delete next.devices;
  if (next.devices !== undefined) due.push(...pruneDevices(next.devices, nowMs));
  due.push(...pruneAccounts(next, nowMs));
  return { outcome: due.length > 0 ? Math.min(...due) : undefined, next };
}

function overAtMs(ledger: Ledger, { ended, code }: Verification): number {
  return ended?.atMs ?? ledger.codes[code]?.expiresAtMs ?? 0;
}
