/** Returns a new Twilio sid: two letters for the kind, then 128 random bits in hex. */
export function newSid(prefix: "VA" | "VE" | "VL" | "SM" | "RQ"): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return prefix + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Returns uniformly random digits. Bytes from 250 on are skipped, because 256 is not a multiple of
 * ten.
 */
export function newCode(length: number): string {
  let code = "";
  while (code.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < 250 && code.length < length) code += String(byte % 10);
    }
  }
  return code;
}
