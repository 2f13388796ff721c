const cache = new WeakMap<Uint8Array, Map<string, CryptoKey>>();

/**
 * A key for one use only, from a master key by HKDF-SHA-256 (RFC 5869). The label separates the
 * uses: two labels never share a key. Keys are derived once a master key object.
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

export function aesKey(master: Uint8Array<ArrayBuffer>, label: string): Promise<CryptoKey> {
  return derivedKey(master, `aes/${label}`, { name: "AES-GCM", length: 256 }, [
    "encrypt",
    "decrypt",
  ]);
}

/** HMAC-SHA-256 of the text under the key that the label names. */
export async function hmac(
  master: Uint8Array<ArrayBuffer>,
  label: string,
  text: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const parameters = { name: "HMAC", hash: "SHA-256", length: 256 };
  const key = await derivedKey(master, `hmac/${label}`, parameters, ["sign", "verify"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
}
