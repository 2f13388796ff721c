import type { Config } from "../config.ts";
import type { LedgerAddress } from "../ledger/address.ts";
import { asLetters } from "../lib/letters.ts";
import { sealStableText, sealText, unsealText } from "../lib/seal.ts";
import { isCountryCode } from "../phone/number.ts";

/** One verification: which ledger, and which of its verifications. */
export interface VerificationHandle {
  readonly ledger: LedgerAddress;
  /** 128 random bits, base64url. */
  readonly nonce: string;
}

const idPrefix = "vrf_";
const proofPrefix = "prf_";
const maxLength = 300;
const handleText = /^([A-Z]{2})\.([\w-]{43})\.([\w-]{22})$/;

/**
 * `vrf_` and base64url of a pepper's version and the sealed handle: nobody but us can read, change
 * or make one. One verification has one id, however often it is told.
 */
export async function sealHandle(
  handle: VerificationHandle,
  peppers: Config["peppers"],
): Promise<string> {
  return idPrefix + (await sealStableText(peppers, "verification-id", textOf(handle)));
}

/** The handle, or undefined for whatever is not an id of ours; no store is asked. */
export async function openHandle(
  id: string,
  peppers: Config["peppers"],
): Promise<VerificationHandle | undefined> {
  return openPrefixed(id, idPrefix, "verification-id", peppers);
}

/** `prf_` and the same: the name of the proof that the verification has given. */
export async function sealProofId(
  handle: VerificationHandle,
  peppers: Config["peppers"],
): Promise<string> {
  return proofPrefix + (await sealStableText(peppers, "proof-id", textOf(handle)));
}

export async function openProofId(
  id: string,
  peppers: Config["peppers"],
): Promise<VerificationHandle | undefined> {
  return openPrefixed(id, proofPrefix, "proof-id", peppers);
}

const textOf = ({ ledger, nonce }: VerificationHandle): string =>
  `${ledger.country}.${ledger.name}.${nonce}`;

async function openPrefixed(
  id: string,
  prefix: string,
  label: string,
  peppers: Config["peppers"],
): Promise<VerificationHandle | undefined> {
  if (!id.startsWith(prefix) || id.length > maxLength) return undefined;
  return parseHandle(await unsealText(peppers, label, id.slice(prefix.length)));
}

function parseHandle(text = ""): VerificationHandle | undefined {
  const [, country = "", name = "", nonce = ""] = handleText.exec(text) ?? [];
  return isCountryCode(country) ? { ledger: { name, country }, nonce } : undefined;
}

/** What Twilio's status callbacks bring back. */
export interface Callback {
  readonly handle: VerificationHandle;
  /** Which send of the verification, counted from 1. */
  readonly send: number;
  /** The request that sent the message, and its number masked: for the log. */
  readonly requestId: string | undefined;
  readonly maskedTo: string | undefined;
}

export async function sealCallback(
  { handle, send, requestId = "", maskedTo = "" }: Callback,
  peppers: Config["peppers"],
): Promise<string> {
  const text = [textOf(handle), send, requestId, maskedTo].join("#");
  return sealText(peppers, "message-callback", text);
}

/** Undefined for what is not of our making. One of an earlier version has no request and no number. */
export async function openCallback(
  sealed: string,
  peppers: Config["peppers"],
): Promise<Callback | undefined> {
  if (sealed.length > maxLength) return undefined;
  const text = await unsealText(peppers, "message-callback", sealed);
  const [named, send = "", requestId, maskedTo] = text?.split("#") ?? [];
  const handle = parseHandle(named);
  return handle && { handle, send: Number(send), requestId, maskedTo };
}

/** What the log says of a request about this verification: the country, and a name for it. */
export async function aboutHandle({ ledger, nonce }: VerificationHandle) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(nonce));
  const verification = asLetters(new Uint8Array(digest, 0, 8));
  return { country: ledger.country, verification };
}
