/** Returns the value of an `Authorization` header (RFC 7617). Both arguments must be ASCII. */
export function encodeBasic(username: string, password: string): string {
  return `Basic ${btoa(`${username}:${password}`)}`;
}
