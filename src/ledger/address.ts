import type { CountryCode } from "libphonenumber-js/max";
import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";

/** The address of a number's ledger. The name reveals nothing about the number. */
export interface LedgerAddress {
  /** Base64url of an HMAC of the number. */
  readonly name: string;
  /** The number's country: the object is created near it, and its cap counts the sends. */
  readonly country: CountryCode;
}

/** Returns the address of a number's ledger. */
export async function ledgerAddress(
  number: { readonly e164: string; readonly country: CountryCode },
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<LedgerAddress> {
  const name = encodeBase64Url(await hmac(subjectKey, "ledger-name", number.e164));
  return { name, country: number.country };
}
