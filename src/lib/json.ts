/** The value of JSON text in UTF-8 (RFC 8259). Throws where either is broken. */
export function decodeJson(bytes: Uint8Array): unknown {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return JSON.parse(decoder.decode(bytes));
}
