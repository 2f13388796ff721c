import { exemptionsOf, standingOf, type Standing } from "../guard/standing.ts";
import { classOf } from "./accounts.ts";
import type { CallerRef, Devices, Ledger, Step, Verification } from "./state.ts";

/** A device token makes its holder a known caller for this long. */
export const deviceLifetimeMs = 90 * 24 * 60 * 60 * 1000;
/** Sends without a right code in which a device is spared the limits of strangers. */
export const sparedSends = 3;
/** Devices with sends that no right code followed. One device more counts as a stranger. */
export const maxUnprovenDevices = 16;

/** An opened device token: the random name of a device, and the epoch in which the token was made. */
export interface DeviceClaim {
  readonly device: string;
  readonly epoch: number;
}

/**
 * The device that a start is counted for: of the tokens that are still believed one with sparing
 * left, else any of them. Undefined where no token is believed.
 */
export function believedDevice(
  ledger: Ledger,
  claims: readonly DeviceClaim[],
  nowMs: number,
): string | undefined {
  const { devices } = ledger;
  if (devices === undefined || nowMs >= devices.untilMs) return undefined;
  const believed = claims.filter(({ epoch }) => epoch === devices.epoch);
  const spared = believed.find(({ device }) => isSpared(ledger, device));
  return (spared ?? believed[0])?.device;
}

/** Whether the next send of the device or session is a known caller's. A right code makes it true again. */
export function isSpared({ devices }: Ledger, device: string): boolean {
  const unproven = devices?.unproven ?? {};
  const sends = Object.hasOwn(unproven, device) ? unproven[device]?.sends : undefined;
  if (sends !== undefined) return sends.length < sparedSends;
  return Object.keys(unproven).length < maxUnprovenDevices;
}

/**
 * The standing that the guard gives the caller. A session is spared as a device is; where nothing is
 * left of that, its holder is a stranger.
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

/** Whose sends a verification counts for: the session that it is to raise, else the device. */
export function sparedBy({
  session,
  device,
}: Pick<Verification, "session" | "device">): string | undefined {
  return session ?? device;
}

/** Counts a send for the device or session, as long as it is spared. Changes the ledger it is given. */
export function countDeviceSend(ledger: Ledger, device: string, send: string, nowMs: number): void {
  if (ledger.devices === undefined || !isSpared(ledger, device)) return;
  const unproven = (ledger.devices.unproven ??= {});
  const sends = unproven[device]?.sends ?? [];
  // No token of the device that is out by now is believed for longer.
  unproven[device] = { sends: [...sends, send], untilMs: nowMs + deviceLifetimeMs };
}

/** The send was surely not made. Idempotent, since sends have names. */
export function takeBackDeviceSend({ devices }: Ledger, device: string, send: string): void {
  const counted = devices?.unproven?.[device];
  if (devices?.unproven === undefined || counted === undefined) return;
  counted.sends = counted.sends.filter((known) => known !== send);
  if (counted.sends.length === 0) delete devices.unproven[device];
}

/**
 * The device had a right code: it and the session are spared again, and the device gets a token of
 * the epoch that is returned. Changes the ledger it is given.
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

/** A revocation that is repeated after twenty others costs newer devices their epoch, and opens nothing. */
const maxRevocations = 20;

/** Begins a new epoch: no earlier token is believed any more. Idempotent by the revocation's name. */
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

/** Deletes what no living token needs, and returns the times at which more can go. */
export function pruneDevices(devices: Devices, nowMs: number): number[] {
  const due = [devices.untilMs];
  for (const [device, { untilMs }] of Object.entries(devices.unproven ?? {})) {
    if (nowMs >= untilMs) delete devices.unproven?.[device];
    else due.push(untilMs);
  }
  return due;
}
