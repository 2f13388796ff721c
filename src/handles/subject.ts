import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";
import { sealText, unsealText, type Keyring } from "../lib/seal.ts";

/**
 * Returns the stable id of the number's user: `usr_` and an HMAC of the number in E.164, which does not
 * reveal the number. The next owner of a recycled number gets the same id.
 */
export async function subjectOf(
  e164: string,
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return `usr_${encodeBase64Url(await hmac(subjectKey, "subject", e164))}`;
}

/**
 * Returns the name of a subject's object: an HMAC, since an app's own subject may be an e-mail
 * address.
 */
export async function sessionsName(
  subject: string,
  subjectKey: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return encodeBase64Url(await hmac(subjectKey, "sessions-name", subject));
}

/** A subject as the number's ledger keeps it: the name of its sessions' object, and itself sealed. */
export interface SealedSubject {
  readonly name: string;
  readonly sealed: string;
}

const label = "ledger-subject";

export async function sealSubject(
  subject: string,
  keys: { readonly subjectKey: Uint8Array<ArrayBuffer>; readonly peppers: Keyring },
): Promise<SealedSubject> {
  const name = await sessionsName(subject, keys.subjectKey);
  return { name, sealed: await sealText(keys.peppers, label, subject, name) };
}

/** Undefined when the pepper that sealed it is gone. */
export const openSubject = (
  { name, sealed }: SealedSubject,
  peppers: Keyring,
): Promise<string | undefined> => unsealText(peppers, label, sealed, name);
