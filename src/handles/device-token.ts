import { sealText, unsealText, type Keyring } from "../lib/seal.ts";
import { deviceLifetimeMs, type DeviceClaim } from "../ledger/known-devices.ts";
import type { LedgerAddress } from "../ledger/address.ts";

const maxLength = 300;
const label = "device-token";
const form = /^dev_([\w-]{22})\.([\w-]+)$/;
const content = /^(\d{1,9})\.(\d{1,15})$/;

/**
 * Returns a device token: `dev_`, the device's random name, a dot, and the sealed epoch and issue time.
 * The token is bound to the device's name and to the number's ledger. All tokens of one device are equal
 * before the dot, so that a client can replace the older token.
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

/**
 * Returns the claims of all tokens that belong to this number and have not expired. Only the ledger can
 * say whether a claim is still valid.
 */
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
