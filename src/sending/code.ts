/**
 * Returns a random code of `length` decimal digits, uniformly distributed. Bytes from 250 on are
 * discarded, because 256 is not a multiple of 10 and the digits 0 to 5 would be more likely.
 */
export function randomCode(
  length: number,
  randomBytes: (count: number) => Uint8Array = systemRandomBytes,
): string {
  let code = "";
  while (code.length < length)
    for (const byte of randomBytes(2 * length))
      if (byte < 250 && code.length < length) code += String(byte % 10);
  return code;
}

const systemRandomBytes = (count: number): Uint8Array =>
  crypto.getRandomValues(new Uint8Array(count));
