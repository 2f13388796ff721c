import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import { aesKey, hmac } from "./derived-key.ts";

/** Versioned keys, the one in use first. At least one; versions are 1 to 255 and differ. */
export type Keyring = readonly [VersionedKey, ...VersionedKey[]];
export interface VersionedKey {
  readonly version: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const ivBytes = 12;
const tagBytes = 16;

/**
 * `version ‖ IV ‖ AES-256-GCM(text)` under the first key. `label` separates the uses, `about`
 * binds it to what it belongs to: the same must be given to open it.
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

/** The text that was sealed, or undefined when the blob is not one of ours, whatever the reason. */
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

/** `seal`, as base64url: for what is kept as JSON. */
export async function sealText(
  keyring: Keyring,
  label: string,
  text: string,
  about = "",
): Promise<string> {
  return encodeBase64Url(await seal(keyring, label, text, about));
}

/**
 * `sealText` that gives one text one spelling. The IV is an HMAC of the text, so it repeats for the
 * same text alone, and tells only that two texts are the same.
 */
export async function sealStableText(
  keyring: Keyring,
  label: string,
  text: string,
): Promise<string> {
  const digest = await hmac(keyring[0].bytes, `${label}-iv`, text);
  return encodeBase64Url(await seal(keyring, label, text, "", digest.slice(0, ivBytes)));
}

export async function unsealText(
  keyring: Keyring,
  label: string,
  sealed: string,
  about = "",
): Promise<string | undefined> {
  const blob = decodeBase64Url(sealed);
  return blob && unseal(keyring, label, blob, about);
}
