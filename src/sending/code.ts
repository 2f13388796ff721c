/**
 * A code of `length` decimal digits, each of them equally likely, from the CSPRNG. Bytes of 250 and
 * above are thrown away: with them the digits 0 to 5 would come more often.
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
