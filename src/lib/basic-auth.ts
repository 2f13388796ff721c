/** The value of `Authorization` (RFC 7617). Both parts are ASCII. */
export function encodeBasic(username: string, password: string): string {
  return `Basic ${btoa(`${username}:${password}`)}`;
}
