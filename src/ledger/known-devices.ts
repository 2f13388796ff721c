import { exemptionsOf, standingOf, type Standing } from "../guard/standing.ts";
import { classOf } from "./accounts.ts";
import type { CallerRef, Devices, Ledger, Step, Verification } from "./state.ts";

/** The lifetime of a device token. */
export const deviceLifetimeMs = 90 * 24 * 60 * 60 * 1000;
/**
 * Sends without a right code for which a device counts as known. After them it counts as a
 * stranger.
 */
export const sparedSends = 3;
/** The most devices with sends but without a right code. A further device counts as a stranger. */
export const maxUnprovenDevices = 16;

/** The content of a device token: the random name of a device, and the epoch of the token. */
export interface DeviceClaim {
  readonly device: string;
  readonly epoch: number;
}

/**
 * Returns the device for which a start is counted, or undefined if no token is accepted. Of several
 * accepted tokens, a spared device is preferred.
 */
export function acceptedDevice(
  ledger: Ledger,
  claims: readonly DeviceClaim[],
  nowMs: number,
): string | undefined {
  const { devices } = ledger;
  if (devices === undefined || nowMs >= devices.untilMs) return undefined;
  const accepted = claims.filter(({ epoch }) => epoch === devices.epoch);
  const spared = accepted.find(({ device }) => isSpared(ledger, device));
  return (spared ?? accepted[0])?.device;
}

/**
 * Returns whether the device or session is spared: its next send counts as a known caller's. A right code
 * makes it spared again.
 */
export function isSpared({ devices }: Ledger, device: string): boolean {
  const unproven = devices?.unproven ?? {};
  const sends = Object.hasOwn(unproven, device) ? unproven[device]?.sends : undefined;
  if (sends !== undefined) return sends.length < sparedSends;
  return Object.keys(unproven).length < maxUnprovenDevices;
}

/**
 * Returns the caller's standing for the guard. The holder of a session that is not spared is a
 * stranger.
 */
export function standingIn(
  ledger: Ledger,
  caller: CallerRef,
  session: string | undefined,
): Standing {
  const standing = standingOf(classOf(caller));
  const isUsedUp = session !== undefined && !isSpared(ledger, session);
  return exemptionsOf(standing).isClaim && isUsedUp ? standingOf("anonymous") : standing;
}

/**
 * Returns the name that a verification's sends count for: the session of a step-up, else the
 * device.
 */
export function sparedBy({
  session,
  device,
}: Pick<Verification, "session" | "device">): string | undefined {
  return session ?? device;
}

/** Counts a send for the device or session as long as it is spared. Changes `ledger`. */
export function countDeviceSend(ledger: Ledger, device: string, send: string, nowMs: number): void {
  if (ledger.devices === undefined || !isSpared(ledger, device)) return;
  const unproven = (ledger.devices.unproven ??= {});
  const sends = unproven[device]?.sends ?? [];
  // All tokens of the device that exist now have expired by then.
  unproven[device] = { sends: [...sends, send], untilMs: nowMs + deviceLifetimeMs };
}

/**
 * Gives back a send that was certainly not made. Idempotent, since sends have names. Changes
 * `ledger`.
 */
export function takeBackDeviceSend({ devices }: Ledger, device: string, send: string): void {
  const counted = devices?.unproven?.[device];
  if (devices?.unproven === undefined || counted === undefined) return;
  counted.sends = counted.sends.filter((known) => known !== send);
  if (counted.sends.length === 0) delete devices.unproven[device];
}

/**
 * Notes a right code of the device. The device and the session are spared again. Returns the epoch of the
 * new device token. Changes `ledger`.
 */
export function admitDevice(
  ledger: Ledger,
  { device, session }: { readonly device: string; readonly session: string | undefined },
  nowMs: number,
): number {
  const epoch = ledger.devices?.epoch ?? 1;
  ledger.devices = { ...ledger.devices, epoch, untilMs: nowMs + deviceLifetimeMs };
  for (const name of [device, session]) if (name) delete ledger.devices.unproven?.[name];
  return epoch;
}

/**
 * If a revocation is retried after twenty others, newer devices lose their tokens, which is
 * harmless.
 */
const maxRevocations = 20;

/** Begins a new epoch, so that all earlier tokens are refused. Idempotent by the revocation's name. */
export function revokeDevices(ledger: Ledger, revocation: string): Step<void> {
  const next = structuredClone(ledger);
  const { devices } = next;
  const before = devices?.revocations ?? [];
  if (devices !== undefined && !before.includes(revocation)) {
    devices.epoch += 1;
    devices.revocations = [...before, revocation].slice(-maxRevocations);
    delete devices.unproven;
  }
  return { outcome: undefined, next };
}

/** Deletes what no valid token needs. Returns the times of the next deletions, in milliseconds. */
export function pruneDevices(devices: Devices, nowMs: number): number[] {
  const due = [devices.untilMs];
  for (const [device, { untilMs }] of Object.entries(devices.unproven ?? {})) {
    if (nowMs >= untilMs) delete devices.unproven?.[device];
    else due.push(untilMs);
  }
  return due;
}
