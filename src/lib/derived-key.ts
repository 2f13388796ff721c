const cache = new WeakMap<Uint8Array, Map<string, CryptoKey>>();

/**
 * Derives the key of one label from a master key, by HKDF-SHA-256 (RFC 5869). Two labels never share a
 * key. Derived keys are cached per master key object.
 */
async function derivedKey(
  master: Uint8Array<ArrayBuffer>,
  label: string,
  algorithm: SubtleCryptoImportKeyAlgorithm,
  usages: string[],
): Promise<CryptoKey> {
  const known = cache.get(master) ?? new Map<string, CryptoKey>();
  cache.set(master, known);
  const cached = known.get(label);
  if (cached !== undefined) return cached;
  const base = await crypto.subtle.importKey("raw", master, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode(`phonegate/${label}`);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info };
  const key = await crypto.subtle.deriveKey(derivation, base, algorithm, false, usages);
  known.set(label, key);
  return key;
}

/** Returns the AES-256-GCM key of the label. */
export function aesKey(master: Uint8Array<ArrayBuffer>, label: string): Promise<CryptoKey> {
  return derivedKey(master, `aes/${label}`, { name: "AES-GCM", length: 256 }, [
    "encrypt",
    "decrypt",
  ]);
}

/** Returns the HMAC-SHA-256 of the text under the label's key: 32 bytes. */
export async function hmac(
  master: Uint8Array<ArrayBuffer>,
  label: string,
  text: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const parameters = { name: "HMAC", hash: "SHA-256", length: 256 };
  const key = await derivedKey(master, `hmac/${label}`, parameters, ["sign", "verify"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
}
