/** Returns the value of JSON text in UTF-8 (RFC 8259). Throws if the UTF-8 or the JSON is invalid. */
export function decodeJson(bytes: Uint8Array): unknown {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return JSON.parse(decoder.decode(bytes));
}
