/**
 * Bytes as letters from a to p, two a byte: a name for the log, which takes digits for numbers and
 * codes.
 */
export function asLetters(bytes: Uint8Array): string {
  const letter = (half: number) => "abcdefghijklmnop".charAt(half);
  return Array.from(bytes, (byte) => letter(byte >> 4) + letter(byte & 15)).join("");
}
