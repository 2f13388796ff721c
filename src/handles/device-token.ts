import { sealText, unsealText, type Keyring } from "../lib/seal.ts";
import { deviceLifetimeMs, type DeviceClaim } from "../ledger/known-devices.ts";
import type { LedgerAddress } from "../ledger/address.ts";

const maxLength = 300;
const label = "device-token";
const form = /^dev_([\w-]{22})\.([\w-]+)$/;
const content = /^(\d{1,9})\.(\d{1,15})$/;

/**
 * `dev_`, the device's random name, and a sealed epoch and issue time, bound to that name and to the
 * number's ledger. Tokens of one device are the same before the dot, so a newer one replaces an older.
 */
export async function makeDeviceToken(
  ledger: LedgerAddress,
  { device, epoch }: DeviceClaim,
  nowMs: number,
  peppers: Keyring,
): Promise<string> {
  const sealed = await sealText(peppers, label, `${epoch}.${nowMs}`, boundTo(ledger, device));
  return `dev_${device}.${sealed}`;
}

/** What the tokens claim that fit the number and are not too old; a ledger says what it believes. */
export async function openDeviceTokens(
  tokens: readonly string[],
  ledger: LedgerAddress,
  nowMs: number,
  peppers: Keyring,
): Promise<DeviceClaim[]> {
  const claims = await Promise.all(
    tokens.map((token) => openDeviceToken(token, ledger, nowMs, peppers)),
  );
  return claims.filter((claim) => claim !== undefined);
}

async function openDeviceToken(
  token: string,
  ledger: LedgerAddress,
  nowMs: number,
  peppers: Keyring,
): Promise<DeviceClaim | undefined> {
  if (token.length > maxLength) return undefined;
  const [, device = "", sealed = ""] = form.exec(token) ?? [];
  const text = await unsealText(peppers, label, sealed, boundTo(ledger, device));
  const [, epoch, issuedAtMs] = content.exec(text ?? "") ?? [];
  if (epoch === undefined || nowMs >= Number(issuedAtMs) + deviceLifetimeMs) return undefined;
  return { device, epoch: Number(epoch) };
}

const boundTo = ({ name }: LedgerAddress, device: string): string => `${name}.${device}`;
