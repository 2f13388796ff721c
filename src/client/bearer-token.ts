import { TokenError } from "./token-error.ts";

/** The parts of a request that can carry a token. */
export interface Credentials {
  /** The `Authorization` header. Several values are joined by commas (RFC 9110 §5.3). */
  readonly authorization: string | null | undefined;
  /** The URL, whole or from the path on. */
  readonly url: string;
}

/**
 * Returns the token of `Authorization: Bearer …` (RFC 6750 §2.1). Throws `missing` if there is none
 * or the header has another scheme (RFC 6750 §3.1). A token in the query is never accepted.
 * Together with one in the header it is `several_credentials` (RFC 6750 §2). The body is not read.
 */
export function readBearerToken({ authorization, url }: Credentials): string {
  const value = authorization ?? "";
  if (/,\s*bearer\s/i.test(value)) throw new TokenError("several_credentials");
  if (!/^bearer(\s|$)/i.test(value)) throw new TokenError("missing");
  // b64token (RFC 6750 §2.1).
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(value)?.[1];
  if (token === undefined) throw new TokenError("malformed_credentials");
  const [, query = ""] = /^[^?#]*\?([^#]*)/.exec(url) ?? [];
  if (new URLSearchParams(query).has("access_token")) throw new TokenError("several_credentials");
  return token;
}
