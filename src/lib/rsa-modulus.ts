import { decodeBase64Url } from "./base64url.ts";

/**
 * The bits of an RSA modulus, the member `n` of a JWK. Undefined unless it is base64url without
 * padding and without leading zeros (RFC 7518 §6.3.1.1).
 */
export function rsaModulusBits(n: unknown): number | undefined {
  const bytes = typeof n === "string" ? decodeBase64Url(n) : undefined;
  const first = bytes?.[0];
  if (bytes === undefined || first === undefined || first === 0) return undefined;
  return (bytes.length - 1) * 8 + (32 - Math.clz32(first));
}
