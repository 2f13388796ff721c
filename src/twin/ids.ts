/** A Twilio sid: two letters that name the kind, then 128 random bits in hex. */
export function newSid(prefix: "VA" | "VE" | "VL" | "SM" | "RQ"): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return prefix + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `length` uniform digits. Bytes from 250 on are drawn again: 256 is no multiple of ten. */
export function newCode(length: number): string {
  let code = "";
  while (code.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < 250 && code.length < length) code += String(byte % 10);
    }
  }
  return code;
}
