import type { CountryCode } from "libphonenumber-js/max";
import type { Config } from "../config.ts";
import { decodeBase64Url, encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";
import { sealStableText, sealText, unsealText } from "../lib/seal.ts";
import { isCountryCode } from "./phone-number.ts";

/** Where a number's ledger is. Its name tells nothing of the number. */
export interface LedgerAddress {
  /** Base64url of an HMAC of the number. */
  readonly name: string;
  /** Where it lives, and whose cap its sends count against. */
  readonly country: CountryCode;
}

/** One verification: which ledger, and which of its verifications. */
export interface VerificationHandle {
  readonly ledger: LedgerAddress;
  /** 128 random bits, base64url. */
  readonly nonce: string;
}

const prefix = "vrf_";
const maxLength = 300;
const handle = /^([A-Z]{2})\.([\w-]{43})\.([\w-]{22})$/;

export async function ledgerAddress(
  number: { readonly e164: string; readonly country: CountryCode },
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<LedgerAddress> {
  const name = encodeBase64Url(await hmac(subjectKey, "ledger-name", number.e164));
  return { name, country: number.country };
}

/**
 * `vrf_` and base64url of a pepper's version and the sealed handle: nobody but us can read, change
 * or make one. One verification has one id, however often it is told.
 */
export async function sealHandle(
  { ledger, nonce }: VerificationHandle,
  peppers: Config["peppers"],
): Promise<string> {
  const text = `${ledger.country}.${ledger.name}.${nonce}`;
  return prefix + (await sealStableText(peppers, "verification-id", text));
}

/** The handle, or undefined for whatever is not an id of ours; no store is asked. */
export async function openHandle(
  id: string,
  peppers: Config["peppers"],
): Promise<VerificationHandle | undefined> {
  if (!id.startsWith(prefix) || id.length > maxLength) return undefined;
  const text = await unsealText(peppers, "verification-id", id.slice(prefix.length));
  const [, country = "", name = "", nonce = ""] = handle.exec(text ?? "") ?? [];
  return isCountryCode(country) ? { ledger: { name, country }, nonce } : undefined;
}

/** What Twilio's status callbacks bring back: which send of which verification. */
export async function sealCallback(
  { ledger, nonce }: VerificationHandle,
  send: number,
  peppers: Config["peppers"],
): Promise<string> {
  const text = `${ledger.country}.${ledger.name}.${nonce}#${send}`;
  return sealText(peppers, "message-callback", text);
}

export async function openCallback(
  sealed: string,
  peppers: Config["peppers"],
): Promise<{ handle: VerificationHandle; send: number } | undefined> {
  if (sealed.length > maxLength) return undefined;
  const text = await unsealText(peppers, "message-callback", sealed);
  const [named = "", send = ""] = text?.split("#") ?? [];
  const [, country = "", name = "", nonce = ""] = handle.exec(named) ?? [];
  if (!isCountryCode(country) || decodeBase64Url(name) === undefined) return undefined;
  return { handle: { ledger: { name, country }, nonce }, send: Number(send) };
}
