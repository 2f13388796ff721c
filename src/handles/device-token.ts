import { sealText, unsealText, type Keyring } from "../lib/seal.ts";
import { deviceLifetimeMs } from "../ledger/known-devices.ts";
import type { LedgerAddress } from "../ledger/address.ts";

const prefix = "dev_";
const maxLength = 300;
const label = "device-token";
const content = /^(\d{1,9})\.(\d{1,15})$/;

/** `dev_` and a sealed epoch and issue time, bound to the number's ledger. */
export async function makeDeviceToken(
  ledger: LedgerAddress,
  epoch: number,
  nowMs: number,
  peppers: Keyring,
): Promise<string> {
  return prefix + (await sealText(peppers, label, `${epoch}.${nowMs}`, ledger.name));
}

/** The epoch of a token that fits the number and is not too old; a ledger says what it is worth. */
export async function openDeviceToken(
  token: string,
  ledger: LedgerAddress,
  nowMs: number,
  peppers: Keyring,
): Promise<number | undefined> {
  if (!token.startsWith(prefix) || token.length > maxLength) return undefined;
  const text = await unsealText(peppers, label, token.slice(prefix.length), ledger.name);
  const [, epoch, issuedAtMs] = content.exec(text ?? "") ?? [];
  if (epoch === undefined || nowMs >= Number(issuedAtMs) + deviceLifetimeMs) return undefined;
  return Number(epoch);
}
