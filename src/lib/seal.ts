import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import { aesKey, hmac } from "./derived-key.ts";

/** At least one key. The first key seals; all keys open. Versions are 1 to 255 and differ. */
export type Keyring = readonly [VersionedKey, ...VersionedKey[]];
export interface VersionedKey {
  readonly version: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const ivBytes = 12;
const tagBytes = 16;

/**
 * Encrypts the text with the first key and returns `version ‖ IV ‖ AES-256-GCM(text)`.
 *
 * @param label the purpose. Each label has a key of its own.
 * @param about authenticated data. `unseal` must be given the same text.
 * @param iv 12 bytes. It must never repeat for two texts. @default random bytes
 */
export async function seal(
  keyring: Keyring,
  label: string,
  text: string,
  about = "",
  iv: Uint8Array<ArrayBuffer> = crypto.getRandomValues(new Uint8Array(ivBytes)),
): Promise<Uint8Array<ArrayBuffer>> {
  const [current] = keyring;
  const key = await aesKey(current.bytes, label);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(about) },
    key,
    new TextEncoder().encode(text),
  );
  const blob = new Uint8Array(1 + ivBytes + sealed.byteLength);
  blob[0] = current.version;
  blob.set(iv, 1);
  blob.set(new Uint8Array(sealed), 1 + ivBytes);
  return blob;
}

/**
 * Returns the sealed text, or undefined if the blob was not sealed with these keys, label and
 * `about`.
 */
export async function unseal(
  keyring: Keyring,
  label: string,
  blob: Uint8Array<ArrayBuffer>,
  about = "",
): Promise<string | undefined> {
  const sealer = keyring.find((key) => key.version === blob[0]);
  if (sealer === undefined || blob.length < 1 + ivBytes + tagBytes) return undefined;
  const iv = blob.subarray(1, 1 + ivBytes);
  const key = await aesKey(sealer.bytes, label);
  try {
    const opened = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(about) },
      key,
      blob.subarray(1 + ivBytes),
    );
    return new TextDecoder().decode(opened);
  } catch {
    return undefined;
  }
}

/** Returns what `seal` returns, as base64url. */
export async function sealText(
  keyring: Keyring,
  label: string,
  text: string,
  about = "",
): Promise<string> {
  return encodeBase64Url(await seal(keyring, label, text, about));
}

/**
 * Like `sealText`, but the same text always gives the same result. The IV is an HMAC of the text, so it
 * repeats only for the same text. A reader of two results learns only whether the texts are equal.
 */
export async function sealStableText(
  keyring: Keyring,
  label: string,
  text: string,
): Promise<string> {
  const digest = await hmac(keyring[0].bytes, `${label}-iv`, text);
  return encodeBase64Url(await seal(keyring, label, text, "", digest.slice(0, ivBytes)));
}

/**
 * Opens what `sealText` or `sealStableText` returned. Returns undefined if the text cannot be
 * opened.
 */
export async function unsealText(
  keyring: Keyring,
  label: string,
  sealed: string,
  about = "",
): Promise<string | undefined> {
  const blob = decodeBase64Url(sealed);
  return blob && unseal(keyring, label, blob, about);
}
