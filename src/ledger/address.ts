import type { CountryCode } from "libphonenumber-js/max";
import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";

/** Where a number's ledger is. The name reveals nothing about the number. */
export interface LedgerAddress {
  /** Base64url of an HMAC of the number. */
  readonly name: string;
  /** Where it lives, and whose cap its sends count against. */
  readonly country: CountryCode;
}

/** The ledger's address of a number: the same for every spelling, since it is made from E.164. */
export async function ledgerAddress(
  number: { readonly e164: string; readonly country: CountryCode },
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<LedgerAddress> {
  const name = encodeBase64Url(await hmac(subjectKey, "ledger-name", number.e164));
  return { name, country: number.country };
}
