import type { Config } from "../config.ts";
import type { LedgerAddress } from "../ledger/address.ts";
import { asLetters } from "../lib/letters.ts";
import { sealStableText, sealText, unsealText } from "../lib/seal.ts";
import { isCountryCode } from "../phone/number.ts";

/** Locates one verification: its ledger, and its nonce there. */
export interface VerificationHandle {
  readonly ledger: LedgerAddress;
  /** 128 random bits, base64url. */
  readonly nonce: string;
  /** Set for a test number: no code is sent, and the guard does not count it. */
  readonly isTest?: true;
}

const idPrefix = "vrf_";
const proofPrefix = "prf_";
const maxLength = 300;
// The mark after the country says whether it is a test number. It does not change the id's length.
const handleText = /^([A-Z]{2})([.!])([\w-]{43})\.([\w-]{22})$/;

/**
 * Returns the id of a verification: `vrf_` and base64url of the pepper's version and the sealed handle.
 * Only this deployment can read or make an id. The same handle always gives the same id.
 */
export async function sealHandle(
  handle: VerificationHandle,
  peppers: Config["peppers"],
): Promise<string> {
  return idPrefix + (await sealStableText(peppers, "verification-id", textOf(handle)));
}

/** Returns the handle in an id, or undefined if this deployment did not make it. Reads no store. */
export async function openHandle(
  id: string,
  peppers: Config["peppers"],
): Promise<VerificationHandle | undefined> {
  return openPrefixed(id, idPrefix, "verification-id", peppers);
}

/** Returns the id of the verification's proof: `prf_` and the sealed handle. */
export async function sealProofId(
  handle: VerificationHandle,
  peppers: Config["peppers"],
): Promise<string> {
  return proofPrefix + (await sealStableText(peppers, "proof-id", textOf(handle)));
}

/** Returns the handle in a proof's id, or undefined if this deployment did not make it. */
export async function openProofId(
  id: string,
  peppers: Config["peppers"],
): Promise<VerificationHandle | undefined> {
  return openPrefixed(id, proofPrefix, "proof-id", peppers);
}

const textOf = ({ ledger, nonce, isTest }: VerificationHandle): string =>
  `${ledger.country}${isTest ? "!" : "."}${ledger.name}.${nonce}`;

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
  const [, country = "", mark = "", name = "", nonce = ""] = handleText.exec(text) ?? [];
  if (!isCountryCode(country)) return undefined;
  return { ledger: { name, country }, nonce, ...(mark === "!" && { isTest: true }) };
}

/** What the URL of Twilio's status callback carries. */
export interface Callback {
  readonly handle: VerificationHandle;
  /** The number of the send within its verification, from 1. */
  readonly send: number;
  /** For the log: the request that sent the message, and the masked number. */
  readonly requestId: string | undefined;
  readonly maskedTo: string | undefined;
}

/** Returns the sealed callback for a URL. */
export async function sealCallback(
  { handle, send, requestId = "", maskedTo = "" }: Callback,
  peppers: Config["peppers"],
): Promise<string> {
  const text = [textOf(handle), send, requestId, maskedTo].join("#");
  return sealText(peppers, "message-callback", text);
}

/**
 * Opens a sealed callback. Returns undefined if this deployment did not make it. A callback of an earlier
 * version has no request id and no number.
 */
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

/** Returns the log fields of a verification: its country, and a name derived from its nonce. */
export async function verificationLogFields({ ledger, nonce }: VerificationHandle) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(nonce));
  const verification = asLetters(new Uint8Array(digest, 0, 8));
  return { country: ledger.country, verification };
}
