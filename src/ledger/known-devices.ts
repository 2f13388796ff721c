import type { Ledger, Step } from "./state.ts";

/** So long a device token makes its holder a known caller. */
export const deviceLifetimeMs = 90 * 24 * 60 * 60 * 1000;

/** Whether a token of this epoch is still believed; without a record nothing is. */
export function isKnownDevice(ledger: Ledger, epoch: number, nowMs: number): boolean {
  const { devices } = ledger;
  return devices !== undefined && devices.epoch === epoch && nowMs < devices.untilMs;
}

/** The epoch of a device token that is about to be made. Changes the ledger it is given. */
export function admitDevice(ledger: Ledger, nowMs: number): number {
  const epoch = ledger.devices?.epoch ?? 1;
  ledger.devices = { ...ledger.devices, epoch, untilMs: nowMs + deviceLifetimeMs };
  return epoch;
}

/** An older one, said again, costs newer devices their epoch, and opens nothing. */
const maxRevocations = 20;

/** Begins a new epoch: no token of before is believed any more. One revocation is one, said twice. */
export function revokeDevices(ledger: Ledger, revocation: string): Step<void> {
  const next = structuredClone(ledger);
  const { devices } = next;
  const before = devices?.revocations ?? [];
  if (devices !== undefined && !before.includes(revocation)) {
    devices.epoch += 1;
    devices.revocations = [...before, revocation].slice(-maxRevocations);
  }
  return { outcome: undefined, next };
}
