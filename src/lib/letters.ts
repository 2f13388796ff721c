/**
 * Encodes bytes as letters from a to p, two letters a byte. Such a name passes the log unchanged,
 * while digits are redacted as phone numbers or codes.
 */
export function asLetters(bytes: Uint8Array): string {
  const letter = (half: number) => "abcdefghijklmnop".charAt(half);
  return Array.from(bytes, (byte) => letter(byte >> 4) + letter(byte & 15)).join("");
}
